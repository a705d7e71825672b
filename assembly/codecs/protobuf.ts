/**
 * The wire format of Protocol Buffers, as codecs need it: fields one by one, in order, without a
 * schema. A message is a sequence of fields, each a tag and what its wire type says:
 *
 *     +------------------------------+--------------------------------------------------+
 *     | tag, varint                  | 0 varint | 1 eight bytes | 5 four bytes           |
 *     | field number << 3, wire type | 2 length, a varint, and so many bytes            |
 *     +------------------------------+--------------------------------------------------+
 *
 * A varint has seven bits a byte, the lowest first; the eighth bit says that more follow.
 * Groups (wire types 3 and 4), which nobody writes any more, are refused.
 *
 * As every parser of protobuf does, a reader takes the last of a field that comes twice, reads all
 * parts of an embedded message that comes twice, and skips what it does not know or what has
 * another wire type than it expects.
 *
 * Source: "Encoding" (protobuf.dev, Programming Guides).
 */
import { varintSize, writeVarint } from "./varint";

export { varintSize, writeVarint } from "./varint";

/** How a field is encoded. */
export enum Wire {
  VARINT = 0,
  FIXED64 = 1,
  BYTES = 2,
  FIXED32 = 5,
}

/** Most bytes of a varint. */
export const VARINT_SIZE: u32 = 10;
/** Most bytes of a tag, or of the length of what fits in memory. */
export const SHORT_VARINT_SIZE: u32 = 5;

// --- what `readField` found
/** The field's tag: its number and wire type, to be compared with `tagOf`. */
export let tag: u32 = 0;
/** A number; negative ones are sign-extended, so that `<i32>value` is right. */
export let value: u64 = 0;
/** Address and length of a BYTES. */
export let at: usize = 0;
export let length: u32 = 0;

/** The tag of a field, as `tag` tells it. */
@inline
export function tagOf(field: u32, wire: Wire): u32 {
  return (field << 3) | (<u32>wire);
}

/**
 * Reads the field at `p` of a message that ends at `end`; `p` lies before `end`.
 * @returns the address behind it; 0: it is malformed, or exceeds the message
 */
export function readField(p: usize, end: usize): usize {
  const first = <u32>load<u8>(p++);
  if (first < 0x80) tag = first;
  else {
    p = readVarint(p - 1, end);
    if (p == 0 || value > <u64>u32.MAX_VALUE) return 0;
    tag = <u32>value;
  }
  if (tag < 8) return 0; // there is no field 0
  switch (tag & 7) {
    case Wire.VARINT:
      return readVarint(p, end);
    case Wire.BYTES: {
      if (p < end && load<i8>(p) >= 0) value = load<u8>(p++);
      else p = readVarint(p, end);
      if (p == 0 || value > <u64>(end - p)) return 0;
      at = p;
      length = <u32>value;
      return p + length;
    }
    case Wire.FIXED64: {
      if (end - p < 8) return 0;
      value = load<u64>(p);
      return p + 8;
    }
    case Wire.FIXED32: {
      if (end - p < 4) return 0;
      value = <u64>load<u32>(p);
      return p + 4;
    }
    default:
      return 0;
  }
}

/**
 * Reads the varint at `p` into `value`; bits beyond the 64th are dropped.
 * @returns the address behind it; 0: it exceeds `end` or ten bytes
 */
export function readVarint(p: usize, end: usize): usize {
  if (p >= end) return 0;
  let byte = <u64>load<u8>(p++);
  let bits = byte & 0x7f;
  for (let shift: u64 = 7; byte >= 0x80; shift += 7) {
    if (p == end || shift > 63) return 0;
    byte = <u64>load<u8>(p++);
    bits |= (byte & 0x7f) << shift;
  }
  value = bits;
  return p;
}

/** Writes a field that is a number; returns the address behind it. */
export function writeNumber(out: usize, field: u32, v: u64): usize {
  return writeVarint(writeVarint(out, tagOf(field, Wire.VARINT)), v);
}

/** How many bytes `writeHead` writes, and `writeBytes` beside the bytes themselves. */
export function headSize(field: u32, n: u32): u32 {
  return varintSize(field << 3) + varintSize(n);
}

/** Writes tag and length of a field of `n` bytes; returns the address where they belong. */
export function writeHead(out: usize, field: u32, n: u32): usize {
  return writeVarint(writeVarint(out, tagOf(field, Wire.BYTES)), n);
}

/** Writes a field of the `n` bytes at `p`; returns the address behind it. */
export function writeBytes(out: usize, field: u32, p: usize, n: u32): usize {
  out = writeHead(out, field, n);
  memory.copy(out, p, n);
  return out + n;
}
