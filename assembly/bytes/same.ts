import { firstBytes } from "./first";

/** Whether `n` bytes at `p` and `q` are the same: many at once, the last ones overlapping. */
export function sameBytes(p: usize, q: usize, n: usize): bool {
  if (n < 8) return firstBytes(p, n) == firstBytes(q, n);
  if (ASC_FEATURE_SIMD) {
    if (n >= 16) {
      const last = p + n - 16;
      while (p < last) {
        if (!i8x16.all_true(i8x16.eq(v128.load(p), v128.load(q)))) return false;
        p += 16;
        q += 16;
      }
      return i8x16.all_true(i8x16.eq(v128.load(last), v128.load(q - (p - last))));
    }
  }
  const last = p + n - 8;
  for (; p < last; p += 8, q += 8) {
    if (load<u64>(p) != load<u64>(q)) return false;
  }
  return load<u64>(last) == load<u64>(q - (p - last));
}
