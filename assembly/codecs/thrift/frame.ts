/**
 * Where a message ends and in what it is wrapped: told by the frame's first bytes alone, since
 * clients of all kinds may share a port.
 *
 *     first bytes                             what it is              where it ends
 *     --------------------------------------  ----------------------  ------------------------------
 *     80 01                                   unframed, strict        behind its struct
 *     82 x1 (x: bits 7 to 5 the type)         unframed, compact       behind its struct
 *     LLLLLLLL 80 01                          framed, strict          so many bytes behind the length
 *     LLLLLLLL 82 x1                          framed, compact         the same
 *     LLLLLLLL 0f ff                          THeader                 the same
 *     LLLLLLLL 00 00                          framed, old             the same
 *     0000NNNN and the first byte of a name   unframed, old           behind its struct
 *
 * L: length, at most 0x3fffffff, big-endian, so that no length looks like the start of a message;
 * N: length of a name. What fits none of these is malformed.
 * Sources: doc/specs/thrift-rpc.md ("Framed vs. unframed transport") and HeaderFormat.md of
 * apache/thrift; the same tests in the same order as THeaderTransport in lib/cpp, lib/go, lib/py.
 */
import { load16, load32 } from "../../bytes/order";
import { INCOMPLETE, MALFORMED } from "../codec";
import { failed, SHORT } from "../position";
import {
  COMPACT,
  isKnownVersion,
  LONGEST,
  Protocol,
  protocol,
  readMessage,
  STRICT,
} from "./message";
import { skipStruct } from "./skip";

export enum Transport {
  UNFRAMED = 0,
  FRAMED = 1,
  HEADER = 2,
}

/** With so many bytes a frame's kind is known, and its length if it has one. */
export const TELLING: u32 = 6;
/** Bytes of the length before a frame, which it does not count. */
export const LENGTH: u32 = 4;
export const LONGEST_FRAME: u32 = 0x3fffffff;
/** The shortest message: compact, without a name or arguments. */
const SHORTEST: u32 = 5;
const HEADER_MAGIC: u32 = 0x0fff;


@inline
function startsMessage(first: u32): bool {
  return first == STRICT || first == COMPACT;
}

/** Of a frame that `measure` accepted. */
export function transportOf(p: usize): Transport {
  if (startsMessage(load<u8>(p))) return Transport.UNFRAMED;
  const first = <u32>load<u8>(p, 4);
  if (first == HEADER_MAGIC >> 8) return Transport.HEADER;
  return first == 0 || startsMessage(first) ? Transport.FRAMED : Transport.UNFRAMED;
}

/** See `Codec.measure`. */
export function measureFrame(p: usize, n: u32): i64 {
  if (n == 0) return INCOMPLETE;
  const first = <u32>load<u8>(p);
  if (startsMessage(first)) {
    if (n < 2) return INCOMPLETE;
    return isKnownVersion(p) ? measureMessage(p, n) : MALFORMED;
  }
  if (first > LONGEST_FRAME >> 24) return MALFORMED;
  if (n < LENGTH) return INCOMPLETE;
  const length = load32(p);
  if (length == 0) return MALFORMED;
  if (n == LENGTH) return INCOMPLETE;
  const inner = <u32>load<u8>(p, LENGTH);
  if (isText(inner)) return length > LONGEST ? MALFORMED : measureMessage(p, n);
  if (length < SHORTEST) return MALFORMED;
  if (n < TELLING) return isStart(inner) ? INCOMPLETE : MALFORMED;
  const known = startsMessage(inner)
    ? isKnownVersion(p + LENGTH)
    : load16(p + LENGTH) == HEADER_MAGIC || load16(p + LENGTH) == 0;
  return known ? <i64>LENGTH + <i64>length : MALFORMED;
}

/** Whether a message or a header in a frame may begin so. */
function isStart(first: u32): bool {
  return startsMessage(first) || first == 0 || first == HEADER_MAGIC >> 8;
}

/** Whether a name may begin so: visible ASCII, or the first byte of a longer character. */
function isText(first: u32): bool {
  return (first > 0x20 && first < 0x7f) || (first >= 0xc2 && first <= 0xf4);
}

/** Length of the unframed message at `p`: it takes the whole message to tell. */
function measureMessage(p: usize, n: u32): i64 {
  let stop = readMessage(p, p + n);
  if (!failed(stop)) stop = skipStruct(protocol == Protocol.COMPACT, stop, p + n);
  if (failed(stop)) return stop == SHORT ? INCOMPLETE : MALFORMED;
  return <i64>(stop - p);
}
