import { load64 } from "./order";

/** FNV-1a's idea over 8 bytes at a time: enough to tell routing keys apart, which are then compared. */
export function hash64(p: usize, n: usize): u64 {
  let h: u64 = 0xcbf29ce484222325 ^ n;
  const stop = p + n;
  while (p + 8 <= stop) {
    h = (h ^ load64(p)) * 0x100000001b3;
    h ^= h >> 29;
    p += 8;
  }
  while (p < stop) h = (h ^ load<u8>(p++)) * 0x100000001b3;
  return h ^ (h >> 32);
}
