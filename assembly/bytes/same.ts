/** Whether `n` bytes at `p` and `q` are the same: sixteen at once, the last ones overlapping. */
export function sameBytes(p: usize, q: usize, n: usize): bool {
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
  const stop = p + n;
  for (; p + 8 <= stop; p += 8, q += 8) {
    if (load<u64>(p) != load<u64>(q)) return false;
  }
  for (; p < stop; p++, q++) {
    if (load<u8>(p) != load<u8>(q)) return false;
  }
  return true;
}
