/** Text that is UTF-8 and nothing else, as all but Java's own protocols write it. */
import { clearIrregular, irregular, isUtf8 } from "./text";

const HIGH_BITS: u64 = 0x8080808080808080;

/** Are these `n` bytes valid UTF-8, without surrogates and overlong sequences? */
export function isPlainUtf8(p: usize, n: u32): bool {
  const end = p + n;
  while (p + 8 <= end && (load<u64>(p) & HIGH_BITS) == 0) p += 8;
  while (p < end && load<u8>(p) < 0x80) p++;
  if (p == end) return true;
  clearIrregular();
  const valid = isUtf8(p, <u32>(end - p)) && !irregular;
  clearIrregular();
  return valid;
}
