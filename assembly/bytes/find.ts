/** Address of the first `byte` from `p` on, `end` if there is none. */
export function findByte(p: usize, end: usize, byte: u8): usize {
  if (ASC_FEATURE_SIMD) {
    const wanted = i8x16.splat(<i8>byte);
    for (; p + 16 <= end; p += 16) {
      const found = i8x16.bitmask(i8x16.eq(v128.load(p), wanted));
      if (found) return p + ctz(found);
    }
  }
  const ones: u64 = 0x0101010101010101;
  for (; p + 8 <= end; p += 8) {
    const zero = load<u64>(p) ^ (ones * byte);
    const found = (zero - ones) & ~zero & (ones << 7);
    if (found) return p + <usize>(ctz(found) >> 3);
  }
  while (p < end && load<u8>(p) != byte) p++;
  return p;
}
