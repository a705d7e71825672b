/**
 * Bolt, the protocol of SOFABolt, versions 1 and 2, and SOFARPC on it. A frame is a header of 20 to
 * 24 bytes, big-endian, the name of a class, a header block and the content, of these lengths; in
 * version 2 a byte of the version and one of switches come in addition (b is 0 and 1 then):
 *
 *      0        1        1+b      2+b      4+b      5+b                    9+b      10+b
 *     +--------+--------+--------+--------+--------+----------- … ---------+--------+--------+
 *     | code   | version| type   | command         | version| request id   | codec  | switch |
 *     | 1 or 2 | if 2   | 0 1 2  | u16             | of it  | u32          |        | if 2   |
 *     +--------+--------+--------+-----------------+--------+-------- … ---+--------+--------+
 *     | timeout, i32 (requests) or status, u16 (responses) |
 *     +-----------------+-----------------+------------- … ---------------+
 *     | class length    | header length   | content length                |
 *     | u16             | u16             | u32                           |
 *     +-----------------+-----------------+------- … ---------------------+
 *     | class … | header … | content … | CRC-32 of all this, u32, in version 2.2 with switch 1 |
 *     +---------+----------+-----------+-----------------------------------------------------+
 *
 * Types: 0 response, 1 request, 2 oneway request; commands: 0 heartbeat, 1 request, 2 response.
 * Servers call clients, too, with ids of their own. Bolt has no goodbye; MOSN's, command 100, is
 * known here, but never said: an official client would close its connection.
 *
 * The class is that of the content, the one object that is the request: it decides who handles it,
 * and is reported as `parameterTypes`. Service and method are SOFARPC's, whose class is SofaRequest;
 * its attachments are the header block (`header.ts`), baggage among them as `rpc_req_baggage.<name>`.
 *
 * Source: RpcCommandDecoder, RpcCommandDecoderV2 and RpcResponseResolver of
 * github.com/sofastack/sofa-bolt, SofaRpcSerialization of github.com/sofastack/sofa-rpc.
 */
import { load16, load32 } from "../../bytes/order";
import { Codec, INCOMPLETE, MALFORMED, Read } from "../codec";
import { Edits } from "../edits";
import { jsonLossy } from "../json";
import { Kind, Metadata, Slot } from "../metadata";
import { isPlainUtf8 } from "../utf8";
import { changeRequest } from "./change";
import {
  arePairs,
  forgetPairs,
  methodAt,
  methodLength,
  pairsLimit,
  readPairs,
  readsError,
  targetAt,
  targetLength,
} from "./header";
import * as protocol from "./protocol";
import {
  codecOf,
  Command,
  hasCrc,
  HESSIAN,
  LENGTHS,
  lengthsAt,
  replyContextOf,
  Type,
  typeAt,
} from "./protocol";
import { errorLimit, writeError, writeHead } from "./reply";
import { isSofaRequest, readMessage, readSofa, setCall } from "./sofa";

/** A request's of version 2. */
const LONGEST_HEADER: u32 = 24;

export class BoltCodec extends Codec {
  get name(): string {
    return "bolt";
  }

  get headerLength(): u32 {
    return LONGEST_HEADER;
  }

  replyLimit(n: u32): u32 {
    return LONGEST_HEADER + errorLimit(n);
  }

  measure(p: usize, n: u32): i64 {
    if (n == 0) return INCOMPLETE;
    const code = <u32>load<u8>(p);
    if (code != protocol.V1 && code != protocol.V2) return MALFORMED;
    if (n > 1 && code == protocol.V2 && load<u8>(p, 1) - 1 > 1) return MALFORMED;
    if (n <= code) return INCOMPLETE;
    if (<u32>load<u8>(typeAt(p)) > <u32>Type.ONEWAY) return MALFORMED;
    const lengths = lengthsAt(p);
    if (lengths + LENGTHS > p + n) return INCOMPLETE;
    const ofClass = protocol.classLength(lengths);
    const ofHeader = protocol.headerLength(lengths);
    const ofContent = protocol.contentLength(lengths);
    if (
      ofClass > protocol.LONGEST_CLASS ||
      ofHeader > protocol.LONGEST_HEADER ||
      ofContent > protocol.LONGEST_CONTENT
    ) {
      return MALFORMED;
    }
    const crc = hasCrc(p) ? protocol.CRC : 0;
    return <i64>(lengths - p + LENGTHS + ofClass + ofHeader + crc) + <i64>ofContent;
  }

  readHead(p: usize, n: u32, m: Metadata): Read {
    const lengths = lengthsAt(p);
    if (lengths + LENGTHS > p + n) return Read.INCOMPLETE;
    const type = typeAt(p);
    const isReply = load<u8>(type) == Type.RESPONSE;
    const command = load16(type + 1);
    m.requestId = load32(type + 4);
    m.reply = isReply;
    m.status = isReply ? <i32>(<i16>load16(lengths - 2)) : 0;
    m.replyContext = replyContextOf(p, type);
    m.holeAt = lengths + 4; // the content's length
    m.holeEnd = lengths + LENGTHS;
    if (command == Command.HEARTBEAT) m.kind = Kind.HEARTBEAT;
    else if (isReply) {
      if (command != Command.RESPONSE) return Read.MALFORMED;
      m.kind = Kind.RESPONSE;
    } else if (command == Command.REQUEST) {
      m.kind = load<u8>(type) == Type.ONEWAY ? Kind.ONEWAY : Kind.REQUEST;
    } else if (command == Command.GO_AWAY) m.kind = Kind.EVENT;
    else return Read.MALFORMED;
    return Read.DONE;
  }

  readMetadata(p: usize, n: u32, length: u32, m: Metadata): Read {
    if (m.kind != Kind.REQUEST && m.kind != Kind.ONEWAY) return Read.DONE;
    const lengths = lengthsAt(p);
    const name = lengths + LENGTHS;
    const nameLength = protocol.classLength(lengths);
    const header = name + nameLength;
    const content = header + protocol.headerLength(lengths);
    if (content > p + n) return Read.INCOMPLETE;
    if (!isPlainUtf8(name, nameLength)) return Read.MALFORMED;
    if (nameLength > 0) m.set(Slot.PARAMETER_TYPES, name, nameLength);
    const isSofa = isSofaRequest(name, nameLength);
    if (arePairs(header, content)) readPairs(header, content, m);
    else if (isSofa) return Read.MALFORMED;
    else forgetPairs();
    m.headAt = lengths;
    m.headEnd = content;
    if (!isSofa) return setCall(m, targetAt, targetLength, methodAt, methodLength);
    const end = content + protocol.contentLength(lengths);
    return readSofa(content, min(end, p + n), end > p + n, m);
  }

  readReply(p: usize, length: u32, m: Metadata): Read {
    m.isError = m.status != 0;
    if (m.kind == Kind.HEARTBEAT) return Read.DONE;
    const lengths = lengthsAt(p);
    const header = lengths + LENGTHS + protocol.classLength(lengths);
    const end = header + protocol.headerLength(lengths);
    if (arePairs(header, end)) {
      readPairs(header, end, m);
      if (readsError) m.isError = true;
    }
    if (m.isError && codecOf(m) == HESSIAN) {
      readMessage(end, end + protocol.contentLength(lengths), m);
    }
    return Read.DONE;
  }

  writeErrorReply(
    out: usize,
    requestId: u64,
    replyContext: u32,
    status: u32,
    message: usize,
    messageLength: u32,
  ): u32 {
    return writeError(out, requestId, replyContext, status, message, messageLength);
  }

  writeHeartbeatReply(out: usize, m: Metadata): u32 {
    return writeHead(out, m.replyContext, Command.HEARTBEAT, m.requestId, 0);
  }

  changeLimit(edits: Edits): u32 {
    return pairsLimit(edits);
  }

  change(p: usize, length: u32, m: Metadata, edits: Edits, out: usize): u32 {
    return changeRequest(p, length, m, edits, out);
  }

  /** A value that is not text: with what stands for each byte that is none. */
  renderEncoded(p: usize, n: u32): string {
    return jsonLossy(p, n);
  }
}
