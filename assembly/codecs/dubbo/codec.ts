/**
 * Dubbo2, the protocol of Apache Dubbo. A frame is a header of 16 bytes, big-endian, and a body:
 *
 *      0        1        2        3        4                               11 12            15
 *     +--------+--------+--------+--------+----------------- … ---------------+---------------+
 *     | magic           | flags  | status | request id                        | body length   |
 *     | 0xda     0xbb   | QTEsssss  or 0  | u64                               | u32           |
 *     +--------+--------+--------+--------+----------------- … ---------------+---------------+
 *
 * Q: request; T: two-way, a response is expected; E: event; sssss: serialization of the body.
 * An event is a heartbeat (body null, both ways) or READONLY (body "R", one way): the server takes
 * no more requests. Each direction has its own request ids. Serialization is per frame.
 *
 * Source: "Dubbo protocol" (dubbo.apache.org, Reference, Protocols, dubbo) and ExchangeCodec and
 * DubboCodec of github.com/apache/dubbo.
 */
import { load32, load64, store32, store64 } from "../../bytes/order";
import { Codec, INCOMPLETE, MALFORMED, Read } from "../codec";
import { Edits } from "../edits";
import { Depth, Kind, Metadata } from "../metadata";
import { failed, outcome } from "../position";
import "./bodies";
import { bodyOf, readRequest, readResponse, skipArguments } from "./body";
import { EVENT, REQUEST, Serialization, SERIALIZATION, Status, TWO_WAY } from "./protocol";
import { isNull, messageLimit, statusOf, writeMessage, writeNull } from "./reply";

const HEADER: u32 = 16;

export class DubboCodec extends Codec {
  /** Serialization of the frame that was read last, for `renderEncoded`. */
  private serialization: u32 = 0;

  get name(): string {
    return "dubbo";
  }

  get headerLength(): u32 {
    return HEADER;
  }

  replyLimit(n: u32): u32 {
    return HEADER + messageLimit(n);
  }

  measure(p: usize, n: u32): i64 {
    if (n > 0 && load<u8>(p) != 0xda) return MALFORMED;
    if (n > 1 && load<u8>(p + 1) != 0xbb) return MALFORMED;
    if (n < HEADER) return INCOMPLETE;
    return <i64>HEADER + <i64>load32(p + 12);
  }

  readHead(p: usize, n: u32, m: Metadata): Read {
    if (n < HEADER) return Read.INCOMPLETE;
    const flags = <u32>load<u8>(p + 2);
    m.requestId = load64(p + 4);
    m.replyContext = flags & SERIALIZATION;
    this.serialization = m.replyContext;
    m.reply = (flags & REQUEST) == 0;
    m.status = m.reply ? <i32>load<u8>(p + 3) : 0;
    const twoWay = (flags & TWO_WAY) != 0;
    if (flags & EVENT) m.kind = m.reply || twoWay ? Kind.HEARTBEAT : Kind.EVENT;
    else if (m.reply) m.kind = Kind.RESPONSE;
    else m.kind = twoWay ? Kind.REQUEST : Kind.ONEWAY;
    return Read.DONE;
  }

  /** Of an event, which the head alone may mistake, `kind` is set anew by what its body is. */
  readMetadata(p: usize, n: u32, length: u32, m: Metadata): Read {
    const body = bodyOf(m.replyContext);
    if (m.kind == Kind.HEARTBEAT || m.kind == Kind.EVENT) {
      if (n < length) return Read.INCOMPLETE;
      if (body !== null) {
        m.kind = isNull(body, p + HEADER, length - HEADER) ? Kind.HEARTBEAT : Kind.EVENT;
      }
    } else if (body !== null) {
      return outcome(readRequest(body, p + HEADER, p + n, m), n == length);
    }
    return Read.DONE;
  }

  /** Only requests in Hessian 2 have a head and a tail. */
  skipArguments(p: usize, end: usize, count: u32): usize {
    p = skipArguments(bodyOf(Serialization.HESSIAN2)!, p, end, count);
    return failed(p) ? 0 : p;
  }

  readReply(p: usize, length: u32, m: Metadata): Read {
    const body = bodyOf(m.replyContext);
    m.isError = m.status != Status.OK;
    if (body === null || (m.kind == Kind.HEARTBEAT && !m.isError)) return Read.DONE;
    return outcome(readResponse(body, p + HEADER, p + length, m), true);
  }

  writeErrorReply(
    out: usize,
    requestId: u64,
    replyContext: u32,
    status: u32,
    message: usize,
    messageLength: u32,
  ): u32 {
    const n = writeMessage(replyContext, out + HEADER, message, messageLength);
    return writeHead(out, replyContext, statusOf(status), requestId, n);
  }

  writeHeartbeatReply(out: usize, m: Metadata): u32 {
    const n = writeNull(m.replyContext, out + HEADER);
    return writeHead(out, EVENT | m.replyContext, Status.OK, m.requestId, n);
  }

  /** READONLY. It is one-way, so that its id may be any; every Dubbo reads Hessian 2. */
  writeGoodbye(out: usize): u32 {
    store<u8>(out + HEADER, 1);
    store<u8>(out + HEADER + 1, 0x52); // "R"
    return writeHead(out, REQUEST | EVENT | Serialization.HESSIAN2, 0, 0, 2);
  }

  /** A string's head has three bytes in Hessian 2, with its text at most half as long again, and six in fastjson2. */
  changeLimit(edits: Edits): u32 {
    return 2 + (edits.bytes * 3) / 2 + <u32>edits.count * 12;
  }

  /** In Hessian 2 and fastjson2; a Java object stream has no place where attachments could be put. */
  change(p: usize, length: u32, m: Metadata, edits: Edits, out: usize): u32 {
    const body = bodyOf(m.replyContext);
    if (body === null) return 0;
    const depth = m.depth;
    m.clear();
    m.depth = Depth.ATTACHMENTS;
    const end = p + length;
    const stop = readRequest(body, p + HEADER, end, m);
    const next = failed(stop) ? 0 : body.change(p + HEADER, end, m, edits, out + HEADER);
    m.depth = depth;
    if (next == 0) return 0;
    memory.copy(out, p, HEADER);
    const changed = <u32>(next - out);
    store32(out + 12, changed - HEADER);
    return changed;
  }

  renderEncoded(p: usize, n: u32): string {
    return bodyOf(this.serialization)!.render(p, p + n);
  }
}

/** Writes the header before a body of `n` bytes; returns the frame's length. */
function writeHead(out: usize, flags: u32, status: u32, requestId: u64, n: u32): u32 {
  store32(out, 0xdabb0000 | (flags << 8) | status);
  store64(out + 4, requestId);
  store32(out + 12, n);
  return HEADER + n;
}
