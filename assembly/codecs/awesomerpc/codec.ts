/**
 * AwesomeRPC, the sample protocol of Aeraki's MetaProtocol, as the example of how small a codec
 * is. All numbers are big-endian; the same header opens requests and responses:
 *
 *     0        1                  5                    9           11             13
 *     +--------+------------------+--------------------+-----------+--------------+---------
 *     | version| request id       | length, this header| command   | response code| payload…
 *     | i8     | u32              | included, u32      | i16       | i16, 0: fine |
 *     +--------+------------------+--------------------+-----------+--------------+---------
 *
 * There is no magic: the version byte, which is 1, is the only one to tell a foreign stream by.
 * No bit tells requests from responses: only who sent the frame does (`Metadata.fromServer`).
 * There are no oneway calls, heartbeats or goodbyes.
 * Source: AwesomeRPC.md and metaprotocol's codec in github.com/aeraki-mesh.
 */
import { load16, load32, store16, store32 } from "../../bytes/order";
import { Codec, INCOMPLETE, MALFORMED, Read } from "../codec";
import { decimal } from "../decimal";
import { Kind, Metadata, Slot } from "../metadata";

const HEADER: u32 = 13;
const VERSION: u8 = 1;

export class AwesomeRpcCodec extends Codec {
  get name(): string {
    return "awesomerpc";
  }

  get headerLength(): u32 {
    return HEADER;
  }

  replyLimit(n: u32): u32 {
    return HEADER + n;
  }

  measure(p: usize, n: u32): i64 {
    if (n > 0 && load<u8>(p) != VERSION) return MALFORMED;
    if (n < 9) return INCOMPLETE;
    const length = load32(p + 5);
    return length < HEADER ? MALFORMED : <i64>length;
  }

  readHead(p: usize, n: u32, m: Metadata): Read {
    if (n < HEADER) return Read.INCOMPLETE;
    m.reply = m.fromServer;
    m.kind = m.reply ? Kind.RESPONSE : Kind.REQUEST;
    m.requestId = load32(p + 1);
    m.replyContext = load16(p + 9);
    m.status = <i16>load16(p + 11);
    return Read.DONE;
  }

  readMetadata(p: usize, n: u32, length: u32, m: Metadata): Read {
    setNumber(m, Slot.METHOD, <i16>load16(p + 9));
    setNumber(m, Slot.VERSION, <i8>load<u8>(p));
    return Read.DONE;
  }

  readReply(p: usize, length: u32, m: Metadata): Read {
    m.isError = m.status != 0;
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
    store<u8>(out, VERSION);
    store32(out + 1, <u32>requestId);
    store32(out + 5, HEADER + messageLength);
    store16(out + 9, replyContext);
    store16(out + 11, status);
    memory.copy(out + HEADER, message, messageLength);
    return HEADER + messageLength;
  }
}

/** Puts `value` as decimal text into `slot`; absent if the scratch is full. */
function setNumber(m: Metadata, slot: Slot, value: i64): void {
  const p = m.scratchBytes(20);
  if (p) m.set(slot, p, decimal(p, value));
}
