/** Numbers as text, without allocating. */
import { dtoa_buffered } from "util/number";

/** Most bytes that `decimal` and `decimalOfDouble` write. */
export const DECIMAL_SIZE: u32 = 28;

/**
 * Writes `value` in decimal.
 * @returns bytes written, at most 20
 */
export function decimal(out: usize, value: i64): u32 {
  let rest = value < 0 ? 0 - <u64>value : <u64>value;
  let n: u32 = value < 0 ? 1 : 0;
  if (n) store<u8>(out, 0x2d);
  for (let v = rest; v >= 10; v /= 10) n++;
  n++;
  let p = out + n;
  do {
    store<u8>(--p, <u8>(0x30 + (rest % 10)));
    rest /= 10;
  } while (rest > 0);
  return n;
}

/** UTF-16 characters of a double, at most 28 by the standard library's own buffer. */
const DOUBLE_TEXT: usize = memory.data(64);

/**
 * Writes `value` as the shortest decimal that reads back as it, e.g. `2.5`, `1e+21`, `NaN`.
 * @returns bytes written, at most DECIMAL_SIZE
 */
export function decimalOfDouble(out: usize, value: f64): u32 {
  const n = dtoa_buffered(DOUBLE_TEXT, value);
  for (let i: u32 = 0; i < n; i++) store<u8>(out + i, load<u8>(DOUBLE_TEXT + (i << 1)));
  return n;
}
