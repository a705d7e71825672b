/** Reads unsigned numbers of seven bits a byte, as compact messages and THeader have them. */
import { SHORT, WRONG } from "../position";

/** What `readVarint` read last. */
export let varint: u32 = 0;

/** Reads a number of at most 32 bits at `p`; returns the address behind it. */
export function readVarint(p: usize, end: usize): usize {
  let value: u32 = 0;
  for (let shift: u32 = 0; shift < 35; shift += 7) {
    if (p >= end) return SHORT;
    const byte = <u32>load<u8>(p++);
    if (shift == 28 && byte > 0x0f) return WRONG;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      varint = value;
      return p;
    }
  }
  return WRONG;
}

/** Skips a number of at most 64 bits. */
export function skipVarint(p: usize, end: usize): usize {
  for (let i = 0; i < 10; i++) {
    if (p >= end) return SHORT;
    if (load<u8>(p++) < 0x80) return p;
  }
  return WRONG;
}

/** The address behind `n` bytes at `p`. */
@inline
export function advance(p: usize, end: usize, n: u32): usize {
  return n > <u32>(end - p) ? SHORT : p + n;
}
