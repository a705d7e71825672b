/**
 * The first bytes of the `n` at `p` as a number. Texts of the same length, of eight bytes at most,
 * are the same if it is; nothing beyond the `n` bytes is touched.
 */
@inline
export function firstBytes(p: usize, n: usize): u64 {
  if (n >= 8) return load<u64>(p);
  if (n >= 4) return (<u64>load<u32>(p)) | ((<u64>load<u32>(p + n - 4)) << 32);
  if (n == 0) return 0;
  return load<u8>(p) | ((<u64>load<u8>(p + (n >> 1))) << 8) | ((<u64>load<u8>(p + n - 1)) << 16);
}
