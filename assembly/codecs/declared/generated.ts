/** What codecs that are compiled of a description use, beside what all codecs do. */
import { load32 } from "../../bytes/order";
import { decimal } from "../decimal";
import { Metadata, ValueType } from "../metadata";
import {
  at,
  length,
  readField,
  readVarint,
  tag,
  tagOf,
  value,
  VARINT_SIZE,
  Wire,
} from "../protobuf";
import { isPlainUtf8 } from "../utf8";

import { loadNumber } from "./numbers";

export { findByte } from "../../bytes/find";
export { loadNumber, storeNumber } from "./numbers";
export { cutText, putLength, writeHessian, writeJson } from "./message";

/** Puts a number into `slot`; absent if the scratch is full. */
export function setNumber(m: Metadata, slot: u32, number: i64): void {
  const p = m.scratchBytes(20);
  if (p) m.set(slot, p, decimal(p, number));
}

/** Like `setNumber`, of eight bytes without a sign. */
export function setLarge(m: Metadata, slot: u32, number: u64): void {
  const p = m.scratchBytes(20);
  if (p) m.set(slot, p, writeDecimal(p, number, false));
}

/** A number of eight bytes may exceed what is positive in an i64. */
export function writeDecimal(out: usize, number: u64, signed: bool): u32 {
  if (signed || <i64>number >= 0) return decimal(out, <i64>number);
  const n = decimal(out, <i64>(number / 10));
  store<u8>(out + n, <u8>(0x30 + (number % 10)));
  return n + 1;
}

/** Tells `m` of an attachment, if that is wanted. */
export function report(m: Metadata, name: usize, n: u32, p: usize, size: u32): void {
  if (!m.wants(name, n) || !isPlainUtf8(name, n)) return;
  const type = isPlainUtf8(p, size) ? ValueType.STRING : ValueType.ENCODED;
  m.attachment(name, n, p, size, type);
}

/** `readCount`: the frame goes on beyond what is there. */
export const CUT_OFF: u64 = 0;
/** `readCount`: this is no length. */
export const WRONG: u64 = u64.MAX_VALUE;

/**
 * Reads the varint at `offset` of the frame at `p`, of which `n` of `length` bytes are there, into
 * `value` of protobuf.ts. Returns the offset behind it, CUT_OFF or WRONG.
 */
export function readCount(p: usize, offset: u64, n: u32, length: u64): u64 {
  const at = p + <usize>offset;
  const end = p + <usize>min<u64>(n, length);
  const behind: usize = offset > n ? 0 : readVarint(at, end);
  if (behind == 0) {
    return offset + VARINT_SIZE > n && length > n ? CUT_OFF : WRONG;
  }
  return value > u32.MAX_VALUE ? WRONG : offset + <u64>(behind - at);
}

/** `readPrefix`: what it read; and whether that is Java's null, which has the length -1. */
export let counted: u32 = 0;
export let isNull: bool = false;

/**
 * Reads the length in front of a name or a value: of `size` bytes, or (0) a varint.
 * @returns the address behind it; 0: it exceeds `end`, or what it counts does
 */
export function readPrefix(p: usize, end: usize, size: u32, little: bool): usize {
  let n: u64 = 0;
  isNull = false;
  if (size == 0) {
    p = readVarint(p, end);
    if (p == 0) return 0;
    n = value;
  } else {
    if (<usize>size > end - p) return 0;
    n = size == 4 && !little ? <u64>load32(p) : loadNumber(p, size, little, false);
    p += size;
    isNull = size == 4 && n == 0xffffffff;
    if (isNull) n = 0;
  }
  if (n > <u64>(end - p)) return 0;
  counted = <u32>n;
  return p;
}

// --- what `readEntry` found
export let keyAt: usize = 0;
export let keySize: u32 = 0;
export let valueAt: usize = 0;
export let valueSize: u32 = 0;

/** Reads an entry of a protobuf map of texts; false: it is malformed. */
export function readEntry(p: usize, end: usize): bool {
  const n = end - p;
  // As everybody writes it: the key, then the value, both with a length of one byte.
  if (n >= 4 && load<u8>(p) == 0x0a && load<i8>(p + 1) >= 0) {
    const key = <usize>load<u8>(p + 1);
    const rest = p + 2 + key;
    if (n >= key + 4 && load<u8>(rest) == 0x12 && <usize>load<u8>(rest + 1) == n - key - 4) {
      if (load<i8>(rest + 1) >= 0) {
        keyAt = p + 2;
        keySize = <u32>key;
        valueAt = rest + 2;
        valueSize = load<u8>(rest + 1);
        return true;
      }
    }
  }
  keyAt = valueAt = p;
  keySize = valueSize = 0;
  while (p < end) {
    p = readField(p, end);
    if (p == 0) return false;
    if (tag == tagOf(1, Wire.BYTES)) {
      keyAt = at;
      keySize = length;
    } else if (tag == tagOf(2, Wire.BYTES)) {
      valueAt = at;
      valueSize = length;
    }
  }
  return true;
}
