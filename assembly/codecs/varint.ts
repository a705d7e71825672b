/** Writes unsigned numbers of seven bits a byte, the lowest first, as several protocols have them. */

/** How many bytes `writeVarint` writes. */
export function varintSize(v: u64): u32 {
  return ((64 - <u32>clz<u64>(v | 1) + 6) / 7) as u32;
}

/** Writes `v`; returns the address behind it. */
export function writeVarint(out: usize, v: u64): usize {
  for (; v >= 0x80; v >>= 7) store<u8>(out++, <u8>(v | 0x80));
  store<u8>(out++, <u8>v);
  return out;
}
