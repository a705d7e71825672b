/** A string of JSON on a line of its own. */
import { writeText } from "../../text";

/** Writes `n` bytes of UTF-8 as a string of at most `most` bytes: control characters become blanks, quotes and backslashes single quotes. */
export function writeJsonLine(out: usize, most: u32, p: usize, n: u32): u32 {
  const length = writeText(out + 1, most, p, n, false);
  const end = out + 1 + length;
  for (let at = out + 1; at < end; at++) {
    const c = <u32>load<u8>(at);
    if (c < 0x20) store<u8>(at, 0x20);
    else if (c == 0x22 || c == 0x5c) store<u8>(at, 0x27); // a single quote
  }
  store<u8>(out, 0x22);
  store<u8>(end, 0x22);
  store<u8>(end + 1, 0x0a);
  return length + 3;
}
