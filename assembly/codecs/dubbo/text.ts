/** Strings of UTF-8 behind their length, of the serializations that know no other. */
import { Metadata } from "../metadata";
import { SHORT, WRONG } from "../position";
import { isUtf8 } from "../text";
import { Body, keep, keepResult } from "./body";
import { Result } from "./protocol";

/** A length that is written as a varint of five bytes, so that the text need not be moved. */
export const WIDE: u32 = 5;

/** Of these the strings at the front can be read; objects of the application's classes follow. */
export abstract class TextBody extends Body {
  constructor(nullAt: usize, nullLength: u32) {
    super(nullAt, nullLength, false);
  }

  readResult(p: usize, end: usize, m: Metadata): usize {
    keepResult(p < end ? <u32>load<u8>(p) : Result.NULL);
    return end;
  }
}

/** Keeps the text of `n` bytes at `p`; returns the address behind it. */
export function take(p: usize, n: u64, end: usize): usize {
  if (n > <u64>(end - p)) return SHORT;
  keep(p, <u32>n);
  return isUtf8(p, <u32>n) ? p + <usize>n : WRONG;
}

/** Writes a varint of five bytes. */
export function writeWide(out: usize, value: u32): void {
  for (let i: u32 = 0; i < 4; i++) store<u8>(out + i, <u8>(((value >> (7 * i)) & 0x7f) | 0x80));
  store<u8>(out + 4, <u8>(value >> 28));
}
