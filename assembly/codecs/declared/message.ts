/** Texts in the frames that a description has the filter say, and lengths in front of contents. */
import { varintSize, writeVarint } from "../protobuf";
import { unitsWritten, writeText } from "../text";
import { storeNumber } from "./numbers";

/** Most bytes that a byte of a message becomes. */
export const EXPANSION: u32 = 6;

/** How many of the `n` bytes of text at `p` are at most `most`, without half a character. */
export function cutText(p: usize, n: u32, most: u32): u32 {
  if (n <= most) return n;
  n = most;
  while (n > 0 && (load<u8>(p + n) & 0xc0) == 0x80) n--;
  return n;
}

/** Writes the text as a string of Hessian 2; returns the address behind it. */
export function writeHessian(out: usize, p: usize, length: u32): usize {
  const n = writeText(out + 3, 2 * length, p, length, true);
  store<u8>(out, 0x53); // S
  storeNumber(out + 1, 2, false, unitsWritten);
  return out + 3 + n;
}

/** Writes the text as it stands inside a string of JSON; returns the address behind it. */
export function writeJson(out: usize, text: usize, length: u32): usize {
  // First as it is, so far ahead that what is written never reaches what is still to be read.
  const p = out + (EXPANSION - 1) * length;
  const end = p + writeText(p, length, text, length, false);
  for (let at = p; at < end; at++) {
    const c = load<u8>(at);
    if (c >= 0x20) {
      if (c == 0x22 || c == 0x5c) store<u8>(out++, 0x5c);
      store<u8>(out++, c);
    } else {
      store<u32>(out, 0x3030755c); // \u00
      store<u8>(out + 4, 0x30 + (c >> 4));
      store<u8>(out + 5, hexDigit(c & 15));
      out += 6;
    }
  }
  return out;
}

function hexDigit(d: u8): u8 {
  return d < 10 ? 0x30 + d : 0x57 + d;
}

/**
 * Puts the length of what stands from `out` to `end` in front of it: of `size` bytes, or (0) a
 * varint. Returns the address behind it.
 */
export function putLength(out: usize, end: usize, size: u32, little: bool): usize {
  const n = end - out;
  const before = size > 0 ? size : varintSize(n);
  memory.copy(out + before, out, n);
  if (size > 0) storeNumber(out, size, little, n);
  else writeVarint(out, n);
  return out + before + n;
}
