/**
 * Motan2, the protocol of Weibo's Motan. All numbers are big-endian:
 *
 *     0       2       3       4       5            13              17
 *     +-------+-------+-------+-------+------------+---------------+----------+--------------+-----
 *     | magic | type  | vvvvv | sssss | request id | length, u32   | metadata | length, u32  | body
 *     | f1 f1 |       |   xxx |   000 | u64        | of metadata   |          | of the body  |
 *     +-------+-------+-------+-------+------------+---------------+----------+--------------+-----
 *
 * type: 0x10 heartbeat, 0x08 the body is gzipped, 0x04 oneway, 0x02 for an agent, 0x01 response;
 * v: version, 1; x: status, 0 normal, 1 exception; s: serialization of the body.
 * Metadata are text (see meta.ts); they are never compressed. They and not the header tell the
 * length, so that `measure` asks for them first. There is no goodbye.
 *
 * Source: MotanV2Header, MotanV2Codec and ExceptionUtil of github.com/weibocom/motan.
 */
import { load32, load64, store16, store32, store64 } from "../../bytes/order";
import { Codec, INCOMPLETE, MALFORMED, Read } from "../codec";
import { Edits } from "../edits";
import { Kind, Metadata } from "../metadata";
import * as attachments from "./change";
import { readError, readMeta } from "./meta";
import { errorLimit, writeError } from "./reply";

const FIXED: u32 = 13;
/** Where the metadata begin. */
const META: u32 = 17;
/** The least bytes of a frame. */
const LEAST: u32 = 21;
const MAGIC: u32 = 0xf1f1;

/** Bits of the third byte. */
enum Type {
  RESPONSE = 0x01,
  ONEWAY = 0x04,
  HEARTBEAT = 0x10,
}
const VERSION: u32 = 0x08;
const EXCEPTION: u32 = 1;

export class Motan2Codec extends Codec {
  get name(): string {
    return "motan2";
  }

  get headerLength(): u32 {
    return LEAST;
  }

  replyLimit(n: u32): u32 {
    return LEAST + errorLimit(n);
  }

  measure(p: usize, n: u32): i64 {
    if (n > 0 && load<u8>(p) != 0xf1) return MALFORMED;
    if (n > 1 && load<u8>(p + 1) != 0xf1) return MALFORMED;
    if (n < META) return INCOMPLETE;
    const meta = load32(p + FIXED);
    if (meta > <u32>i32.MAX_VALUE) return MALFORMED;
    if (n < LEAST || n - LEAST < meta) return INCOMPLETE;
    const body = load32(p + META + meta);
    return body > <u32>i32.MAX_VALUE ? MALFORMED : <i64>LEAST + <i64>meta + <i64>body;
  }

  readHead(p: usize, n: u32, m: Metadata): Read {
    if (n < FIXED) return Read.INCOMPLETE;
    const type = <u32>load<u8>(p + 2);
    m.reply = (type & Type.RESPONSE) != 0;
    if (type & Type.HEARTBEAT) m.kind = Kind.HEARTBEAT;
    else if (m.reply) m.kind = Kind.RESPONSE;
    else m.kind = type & Type.ONEWAY ? Kind.ONEWAY : Kind.REQUEST;
    m.status = (<i32>load<u8>(p + 3)) & 0x07;
    m.replyContext = load<u8>(p + 4);
    m.requestId = load64(p + 5);
    m.holeAt = 0;
    m.holeEnd = 0;
    return Read.DONE;
  }

  readMetadata(p: usize, n: u32, length: u32, m: Metadata): Read {
    const start = p + META;
    const end = start + load32(p + FIXED);
    if (end > p + n) return Read.INCOMPLETE;
    if (!readMeta(start, end, m)) return Read.MALFORMED;
    m.headAt = p + FIXED;
    m.headEnd = end;
    return Read.DONE;
  }

  readReply(p: usize, length: u32, m: Metadata): Read {
    const start = p + META;
    const end = start + load32(p + FIXED);
    if (!readMeta(start, end, m)) return Read.MALFORMED;
    m.isError = m.status != 0;
    if (m.isError) readError(start, end, m);
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
    writeHead(out, Type.RESPONSE, VERSION | EXCEPTION, replyContext, requestId);
    const end = writeError(out + META, status, message, messageLength);
    return writeLengths(out, end);
  }

  writeHeartbeatReply(out: usize, m: Metadata): u32 {
    writeHead(out, Type.RESPONSE | Type.HEARTBEAT, VERSION, m.replyContext, m.requestId);
    return writeLengths(out, out + META);
  }

  changeLimit(edits: Edits): u32 {
    return attachments.changeLimit(edits);
  }

  change(p: usize, length: u32, m: Metadata, edits: Edits, out: usize): u32 {
    const end = p + META + load32(p + FIXED);
    const to = attachments.change(p + META, end, edits, out + META);
    if (to == 0) return 0;
    memory.copy(out, p, FIXED);
    writeLengths(out, to);
    const rest = p + length - end;
    memory.copy(to, end, rest);
    return <u32>(to + rest - out);
  }
}

function writeHead(out: usize, type: u32, status: u32, serialization: u32, id: u64): void {
  store16(out, MAGIC);
  store<u8>(out + 2, <u8>type);
  store<u8>(out + 3, <u8>status);
  store<u8>(out + 4, <u8>serialization);
  store64(out + 5, id);
}

/** Writes the lengths of metadata that end at `end` and of an empty body; returns the frame's. */
function writeLengths(out: usize, end: usize): u32 {
  store32(out + FIXED, <u32>(end - out) - META);
  store32(end, 0);
  return <u32>(end - out) + 4;
}
