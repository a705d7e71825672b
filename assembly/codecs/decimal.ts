/** Whole numbers as text, without allocating. */

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
