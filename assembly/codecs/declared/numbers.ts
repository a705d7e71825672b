/** Numbers of one to eight bytes, in either byte order. */

/** The number of `size` bytes at `p`. */
export function loadNumber(p: usize, size: u32, little: bool, signed: bool): u64 {
  let value: u64 = 0;
  switch (size) {
    case 1:
      value = load<u8>(p);
      break;
    case 2:
      value = little ? load<u16>(p) : bswap<u16>(load<u16>(p));
      break;
    case 3:
      value = little
        ? ((<u64>load<u8>(p + 2)) << 16) | load<u16>(p)
        : ((<u64>load<u8>(p)) << 16) | bswap<u16>(load<u16>(p + 1));
      break;
    case 4:
      value = little ? load<u32>(p) : bswap<u32>(load<u32>(p));
      break;
    default:
      value = little ? load<u64>(p) : bswap<u64>(load<u64>(p));
      break;
  }
  if (!signed) return value;
  const unused = 64 - (size << 3);
  return <u64>((<i64>(value << unused)) >> unused);
}

export function storeNumber(p: usize, size: u32, little: bool, value: u64): void {
  for (let i: u32 = 0; i < size; i++) {
    store<u8>(p + (little ? i : size - 1 - i), <u8>(value >> ((<u64>i) << 3)));
  }
}
