/**
 * Structs in Thrift's compact protocol: fields up to a byte 0.
 *
 *     +---------+---------   …   +---+   +---------+----------- …  +-----------+---------+---------…
 *     | dddd    | value          | 0 |   | ssss    | elements      | count     | kkkk    | keys and
 *     |    tttt |                |   |   |    tttt |               | varint, 0:|    vvvv | values
 *     +---------+---------   …   +---+   +---------+----------- …  | the end   +---------+---------…
 *      a field                            a list or set             a map
 *
 * dddd: what the id exceeds the last one's by, 0: the id follows, a zigzag varint; tttt: type, of a
 * bool its value; ssss: count, 15: it follows, a varint. Numbers are zigzag varints, doubles eight
 * bytes, strings a length, varint, and so many bytes.
 */
import { failed, SHORT, WRONG } from "../position";
import { count, NONE, skipElements } from "./skip";
import { advance, readVarint, skipVarint, varint } from "./varint";

export enum Type {
  STOP = 0,
  TRUE = 1,
  FALSE = 2,
  I8 = 3,
  I16 = 4,
  I32 = 5,
  I64 = 6,
  DOUBLE = 7,
  BINARY = 8,
  LIST = 9,
  SET = 10,
  MAP = 11,
  STRUCT = 12,
  UUID = 13,
}

/** Bytes of each element of `type`; 0: they differ, or there is no such type. */
export function sizeOf(type: u32): u32 {
  switch (type) {
    case Type.TRUE:
    case Type.FALSE:
    case Type.I8:
      return 1;
    case Type.DOUBLE:
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
    const head = <u32>load<u8>(p++);
    const type = head & 0x0f;
    if (type == Type.STOP) return p;
    if (head < 0x10) {
      p = skipVarint(p, end);
      if (failed(p)) return p;
    }
    p = skipField(p, end, type, depth);
    if (failed(p)) return p;
  }
  return SHORT;
}

/** Skips the value of a field, which of a bool is none. */
export function skipField(p: usize, end: usize, type: u32, depth: u32): usize {
  if (type <= <u32>Type.FALSE) return count() ? p : WRONG;
  return skipElement(p, end, type, depth);
}

export function skipElement(p: usize, end: usize, type: u32, depth: u32): usize {
  if (!count()) return WRONG;
  const size = sizeOf(type);
  if (size) return advance(p, end, size);
  switch (type) {
    case Type.I16:
    case Type.I32:
    case Type.I64:
      return skipVarint(p, end);
    case Type.BINARY:
      p = readVarint(p, end);
      return failed(p) ? p : advance(p, end, varint);
    case Type.LIST:
    case Type.SET:
      return skipList(p, end, depth - 1);
    case Type.MAP:
      return skipMap(p, end, depth - 1);
    case Type.STRUCT:
      return skipStruct(p, end, depth - 1);
    default:
      return WRONG;
  }
}

function skipList(p: usize, end: usize, depth: u32): usize {
  if (p >= end) return SHORT;
  const head = <u32>load<u8>(p++);
  let n = head >> 4;
  if (n == 15) {
    p = readVarint(p, end);
    if (failed(p)) return p;
    n = varint;
  }
  return skipElements(true, p, end, n, head & 0x0f, NONE, depth);
}

function skipMap(p: usize, end: usize, depth: u32): usize {
  p = readVarint(p, end);
  if (failed(p) || varint == 0) return p;
  if (p >= end) return SHORT;
  const types = <u32>load<u8>(p);
  return skipElements(true, p + 1, end, varint, types >> 4, types & 0x0f, depth);
}
