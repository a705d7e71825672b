/** Text that is UTF-8 and nothing else, as all but Java's own protocols write it. */
import { firstBytes } from "../bytes/first";
import { clearIrregular, irregular, isUtf8 } from "./text";

const HIGH_BITS: u64 = 0x8080808080808080;

/** Are these `n` bytes valid UTF-8, without surrogates and overlong sequences? */
export function isPlainUtf8(p: usize, n: u32): bool {
  return isAscii(p, n) || isEncoded(p, n);
}

/** Most texts are: eight bytes at once, the last ones overlapping. */
function isAscii(p: usize, n: u32): bool {
  let bits = firstBytes(p, n);
  if (n > 8) {
    const last = p + n - 8;
    while ((p += 8) < last) bits |= load<u64>(p);
    bits |= load<u64>(last);
  }
  return (bits & HIGH_BITS) == 0;
}

function isEncoded(p: usize, n: u32): bool {
  const end = p + n;
  while (p < end) {
    if (p + 8 <= end && (load<u64>(p) & HIGH_BITS) == 0) p += 8;
    else if (load<u8>(p) < 0x80) p++;
    else {
      const lead = load<u8>(p);
      const size: u32 = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
      if (p + size > end || !isPlainCharacter(p, size)) return false;
      p += size;
    }
  }
  return true;
}

/** Whether the `n` bytes at `p`, which begin as one character does, are one. */
function isPlainCharacter(p: usize, n: u32): bool {
  clearIrregular();
  const valid = isUtf8(p, n) && !irregular;
  clearIrregular();
  return valid;
}
