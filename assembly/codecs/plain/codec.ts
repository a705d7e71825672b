/**
 * The smallest protocol without request ids, for tests of what such protocols need; debug builds
 * speak it. A frame is a length, big-endian, and so many bytes of UTF-8:
 *
 *     0                2
 *     +----------------+---------
 *     | length u16     | text…
 *     +----------------+---------
 *
 * The first word of a request is its method. The n-th answer on a connection belongs to its n-th
 * request. An error reply is the text `error: ` and the message.
 */
import { load16, store16 } from "../../bytes/order";
import { Codec, INCOMPLETE, Read } from "../codec";
import { Kind, Metadata, Slot } from "../metadata";
import { isPlainUtf8 } from "../utf8";

const HEADER: u32 = 2;
const SPACE: u32 = 0x20;
const ERROR = String.UTF8.encode("error: ");

export class PlainCodec extends Codec {
  get name(): string {
    return "plain";
  }

  get headerLength(): u32 {
    return HEADER;
  }

  isOrdered(m: Metadata): bool {
    return true;
  }

  replyLimit(n: u32): u32 {
    return HEADER + ERROR.byteLength + n;
  }

  measure(p: usize, n: u32): i64 {
    return n < HEADER ? INCOMPLETE : <i64>HEADER + load16(p);
  }

  readHead(p: usize, n: u32, m: Metadata): Read {
    if (n < HEADER) return Read.INCOMPLETE;
    m.reply = m.fromServer;
    m.kind = m.reply ? Kind.RESPONSE : Kind.REQUEST;
    m.requestId = 0;
    m.replyContext = 0;
    m.status = 0;
    return Read.DONE;
  }

  readMetadata(p: usize, n: u32, length: u32, m: Metadata): Read {
    const start = p + HEADER;
    const end = p + n;
    let at = start;
    while (at < end && load<u8>(at) != SPACE) at++;
    if (at == end && n < length) return Read.INCOMPLETE;
    if (!isPlainUtf8(start, <u32>(at - start))) return Read.MALFORMED;
    m.set(Slot.METHOD, start, <u32>(at - start));
    return Read.DONE;
  }

  readReply(p: usize, length: u32, m: Metadata): Read {
    m.isError = false;
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
    const prefix = ERROR.byteLength;
    messageLength = min<u32>(messageLength, 0xffff - prefix);
    store16(out, prefix + messageLength);
    memory.copy(out + HEADER, changetype<usize>(ERROR), prefix);
    memory.copy(out + HEADER + prefix, message, messageLength);
    return HEADER + prefix + messageLength;
  }
}
