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
import * as fastjson2Changes from "./fastjson2/change";
import * as hessian2Changes from "./hessian2/change";
import * as fastjson2 from "./fastjson2/body";
import * as hessian2 from "./hessian2/body";
import { renderJson as renderJsonb } from "./fastjson2/render";
import * as json from "./json/body";
import * as java from "./java/body";
import { renderJson as renderHessian2 } from "./hessian2/render";
import * as strings from "./strings/body";
import { failed, outcome } from "../position";
import { EVENT, REQUEST, Serialization, SERIALIZATION, Status, TWO_WAY } from "./protocol";
import { isKnown, isNull, messageLimit, statusOf, writeMessage, writeNull } from "./reply";

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
    const body = p + HEADER;
    const end = p + n;
    let stop = end;
    if (m.kind == Kind.HEARTBEAT || m.kind == Kind.EVENT) {
      if (n < length) return Read.INCOMPLETE;
      if (isKnown(m.replyContext)) {
        m.kind = isNull(m.replyContext, body, length - HEADER) ? Kind.HEARTBEAT : Kind.EVENT;
      }
    } else {
      stop = readRequest(body, end, m);
    }
    return outcome(stop, n == length);
  }

  /** Only requests in Hessian 2 have a head and a tail. */
  skipArguments(p: usize, end: usize, count: u32): usize {
    p = hessian2.skipArguments(p, end, count);
    return failed(p) ? 0 : p;
  }

  readReply(p: usize, length: u32, m: Metadata): Read {
    const body = p + HEADER;
    const end = p + length;
    m.isError = m.status != Status.OK;
    if (m.kind == Kind.HEARTBEAT && !m.isError) return Read.DONE;
    return outcome(readResponse(body, end, m), true);
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

  changeLimit(edits: Edits): u32 {
    return max(hessian2Changes.changeLimit(edits), fastjson2Changes.changeLimit(edits));
  }

  /** In Hessian 2 and fastjson2; a Java object stream has no place where attachments could be put. */
  change(p: usize, length: u32, m: Metadata, edits: Edits, out: usize): u32 {
    const depth = m.depth;
    m.clear();
    m.depth = Depth.ATTACHMENTS;
    const body = p + HEADER;
    let end: usize = 0;
    if (isHessian2(m.replyContext))
      end = hessian2Changes.change(body, p + length, m, edits, out + HEADER);
    else if (m.replyContext == Serialization.FASTJSON2)
      end = fastjson2Changes.change(body, p + length, m, edits, out + HEADER);
    m.depth = depth;
    if (end == 0) return 0;
    memory.copy(out, p, HEADER);
    const changed = <u32>(end - out);
    store32(out + 12, changed - HEADER);
    return changed;
  }

  renderEncoded(p: usize, n: u32): string {
    if (this.serialization == Serialization.FASTJSON2) return renderJsonb(p, p + n);
    return isHessian2(this.serialization)
      ? renderHessian2(p, p + n)
      : String.UTF8.decodeUnsafe(p, n); // JSON
  }
}

function isHessian2(serialization: u32): bool {
  return serialization == Serialization.HESSIAN2 || serialization == Serialization.NATIVE_HESSIAN;
}

/** Reads the body of a request, if its serialization is known. */
function readRequest(p: usize, end: usize, m: Metadata): usize {
  switch (m.replyContext) {
    case Serialization.HESSIAN2:
    case Serialization.NATIVE_HESSIAN:
      return hessian2.readRequest(p, end, m);
    case Serialization.FASTJSON:
    case Serialization.GSON:
      return json.readRequest(p, end, m);
    case Serialization.PROTOBUF:
    case Serialization.AVRO:
    case Serialization.PROTOSTUFF:
    case Serialization.MESSAGEPACK:
      return strings.readRequest(p, end, m);
    case Serialization.FASTJSON2:
      return fastjson2.readRequest(p, end, m);
    case Serialization.JAVA:
    case Serialization.COMPACTED_JAVA:
    case Serialization.NATIVE_JAVA:
      return java.readRequest(p, end, m);
    default:
      return end;
  }
}

/** Reads the body of a response, if its serialization is known. */
function readResponse(p: usize, end: usize, m: Metadata): usize {
  switch (m.replyContext) {
    case Serialization.HESSIAN2:
    case Serialization.NATIVE_HESSIAN:
      return hessian2.readResponse(p, end, m);
    case Serialization.FASTJSON:
    case Serialization.GSON:
      return json.readResponse(p, end, m);
    case Serialization.PROTOBUF:
    case Serialization.AVRO:
    case Serialization.PROTOSTUFF:
    case Serialization.MESSAGEPACK:
      return strings.readResponse(p, end, m);
    case Serialization.FASTJSON2:
      return fastjson2.readResponse(p, end, m);
    case Serialization.JAVA:
    case Serialization.COMPACTED_JAVA:
    case Serialization.NATIVE_JAVA:
      return java.readResponse(p, end, m);
    default:
      return end;
  }
}

/** Writes the header before a body of `n` bytes; returns the frame's length. */
function writeHead(out: usize, flags: u32, status: u32, requestId: u64, n: u32): u32 {
  store32(out, 0xdabb0000 | (flags << 8) | status);
  store64(out + 4, requestId);
  store32(out + 12, n);
  return HEADER + n;
}
