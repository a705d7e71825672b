/**
 * Structs in Thrift's binary protocol: fields of a type, an id and a value, up to a stop byte.
 *
 *     0        1                 3                      0        1                    5
 *     +--------+-----------------+---------   …   +---+ +--------+--------------------+-----------
 *     | type   | field id i16    | value          | 0 | | type   | count i32          | elements…
 *     +--------+-----------------+---------   …   +---+ +--------+--------------------+-----------
 *                                                        a list or set; a map has two types
 *
 * Numbers are big-endian; a string is its length, u32, and so many bytes.
 */
import { load32 } from "../../bytes/order";
import { failed, SHORT, WRONG } from "../position";
import { count, NONE, skipElements } from "./skip";
import { advance } from "./varint";

export enum Type {
  STOP = 0,
  BOOL = 2,
  BYTE = 3,
  DOUBLE = 4,
  I16 = 6,
  I32 = 8,
  I64 = 10,
  STRING = 11,
  STRUCT = 12,
  MAP = 13,
  SET = 14,
  LIST = 15,
  UUID = 16,
}

const LARGEST: u32 = 0x7fffffff;

/** Bytes of each value of `type`; 0: they differ, or there is no such type. */
export function sizeOf(type: u32): u32 {
  switch (type) {
    case Type.BOOL:
    case Type.BYTE:
      return 1;
    case Type.I16:
      return 2;
    case Type.I32:
      return 4;
    case Type.DOUBLE:
    case Type.I64:
      return 8;
    case Type.UUID:
      return 16;
    default:
      return 0;
  }
}

export function skipStruct(p: usize, end: usize, depth: u32): usize {
  if (depth == 0) return WRONG;
  while (p < end) {
    const type = <u32>load<u8>(p);
    if (type == Type.STOP) return p + 1;
    if (end - p < 3) return SHORT;
    p = skipValue(p + 3, end, type, depth);
    if (failed(p)) return p;
  }
  return SHORT;
}

export function skipValue(p: usize, end: usize, type: u32, depth: u32): usize {
  if (!count()) return WRONG;
  const size = sizeOf(type);
  if (size) return advance(p, end, size);
  switch (type) {
    case Type.STRING:
      if (end - p < 4) return SHORT;
      return load32(p) > LARGEST ? WRONG : advance(p + 4, end, load32(p));
    case Type.STRUCT:
      return skipStruct(p, end, depth - 1);
    case Type.LIST:
    case Type.SET:
      if (end - p < 5) return SHORT;
      return elements(p + 5, end, load32(p + 1), load<u8>(p), NONE, depth - 1);
    case Type.MAP:
      if (end - p < 6) return SHORT;
      return elements(p + 6, end, load32(p + 2), load<u8>(p), load<u8>(p + 1), depth - 1);
    default:
      return WRONG;
  }
}

function elements(p: usize, end: usize, n: u32, type: u32, second: u32, depth: u32): usize {
  return n > LARGEST ? WRONG : skipElements(false, p, end, n, type, second, depth);
}
