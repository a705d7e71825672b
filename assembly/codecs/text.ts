/**
 * Text as Java's protocols write it: lengths count UTF-16 units, bytes are UTF-8, and characters
 * beyond U+FFFF come as four bytes (UTF-8) or as two surrogates of three bytes (CESU-8); U+0000
 * may come as C0 80. Other overlong or broken sequences are refused: what one side reads as
 * "alice" and the other does not would be a way around a rule.
 */

/** Set by `skipUnits` where `regular` has work to do; cleared by the caller. */
export let irregular: bool = false;
export function clearIrregular(): void {
  irregular = false;
}

/** `skipUnits`: the text goes on beyond the end. */
export const TEXT_SHORT: usize = 0;
/** `skipUnits`: no valid text. */
export const TEXT_WRONG: usize = 1;

const HIGH_BITS: u64 = 0x8080808080808080;


@inline
function continues(p: usize): bool {
  return (load<u8>(p) & 0xc0) == 0x80;
}

/** Units that `skipAscii` or `skipSome` left. */
let left: u32 = 0;

/** The address behind the text of `units` UTF-16 units at `p`, TEXT_SHORT or TEXT_WRONG. */
export function skipUnits(p: usize, end: usize, units: u32): usize {
  left = units;
  while (left > 0) {
    p = skipAscii(p, end);
    if (left == 0) break;
    p = skipSome(p, end);
    if (p <= TEXT_WRONG) break;
  }
  return p;
}

/** Skips sixteen or eight bytes at once while they are ASCII, and the end of the text with them. */
@inline
function skipAscii(p: usize, end: usize): usize {
  let units = left;
  if (ASC_FEATURE_SIMD) {
    while (p + 16 <= end) {
      const high = i8x16.bitmask(v128.load(p));
      if (units <= 16) {
        if (high & ((1 << units) - 1)) break;
        left = 0;
        return p + units;
      }
      if (high) break;
      p += 16;
      units -= 16;
    }
  }
  while (p + 8 <= end) {
    const high = load<u64>(p) & HIGH_BITS;
    if (units < 8) {
      if (high & (((<u64>1) << (units << 3)) - 1)) break;
      left = 0;
      return p + units;
    }
    if (high) break;
    p += 8;
    units -= 8;
  }
  left = units;
  return p;
}

/** Skips one by one, until eight ASCII characters show that `skipAscii` is worth trying again. */
function skipSome(p: usize, end: usize): usize {
  let units = left;
  for (let ascii = 0; units > 0 && ascii < 8;) {
    if (p >= end) return TEXT_SHORT;
    if (load<u8>(p) < 0x80) {
      ascii++;
      p++;
      units--;
      continue;
    }
    const size = p + 3 <= end && isPlainThree(p) ? 3 : sequence(p, end);
    if (size <= 0) return size == 0 ? TEXT_SHORT : TEXT_WRONG;
    const takes: u32 = size == 4 ? 2 : 1;
    if (takes > units) return TEXT_WRONG;
    units -= takes;
    p += size;
  }
  left = units;
  return p;
}

/** A sequence of three bytes that is sound at first sight, as those of Chinese characters are. */
@inline
function isPlainThree(p: usize): bool {
  const lead = load<u8>(p);
  return lead > 0xe0 && lead < 0xed && (load<u16>(p, 1) & 0xc0c0) == 0x8080;
}

/** Bytes of the sequence at `p`, which is not ASCII; 0: it exceeds `end`; -1: it is broken. */
export function sequence(p: usize, end: usize): i32 {
  const lead = <u32>load<u8>(p);
  if (lead < 0xc0 || lead > 0xf4) return -1;
  const size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (p + size > end) return 0;
  for (let i = 1; i < size; i++) {
    if (!continues(p + i)) return -1;
  }
  const second = <u32>load<u8>(p + 1);
  if (size == 2) {
    if (lead >= 0xc2) return 2;
    if (lead != 0xc0 || second != 0x80) return -1;
    irregular = true;
  } else if (size == 3) {
    if (lead == 0xe0 && second < 0xa0) return -1;
    if (lead == 0xed && second >= 0xa0) irregular = true;
  } else if ((lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second >= 0x90)) {
    return -1;
  }
  return size;
}


@inline
function isSurrogate(p: usize, from: u32): bool {
  return load<u8>(p) == 0xed && (load<u8>(p + 1) & 0xf0) == from;
}

/**
 * Turns `n` bytes of valid text at `p` into regular UTF-8, in place. A surrogate without its
 * other half stays as it is.
 * @returns the new length, at most `n`
 */
export function regular(p: usize, n: u32): u32 {
  const end = p + n;
  let from = p;
  let to = p;
  while (from < end) {
    if (from + 6 <= end && isSurrogate(from, 0xa0) && isSurrogate(from + 3, 0xb0)) {
      const high = (((<u32>load<u8>(from + 1)) & 0x0f) << 6) | (load<u8>(from + 2) & 0x3f);
      const low = (((<u32>load<u8>(from + 4)) & 0x0f) << 6) | (load<u8>(from + 5) & 0x3f);
      const point = 0x10000 + (high << 10) + low;
      store<u8>(to, <u8>(0xf0 | (point >> 18)));
      store<u8>(to + 1, <u8>(0x80 | ((point >> 12) & 0x3f)));
      store<u8>(to + 2, <u8>(0x80 | ((point >> 6) & 0x3f)));
      store<u8>(to + 3, <u8>(0x80 | (point & 0x3f)));
      from += 6;
      to += 4;
    } else if (from + 2 <= end && load<u16>(from) == 0x80c0) {
      store<u8>(to++, 0);
      from += 2;
    } else {
      store<u8>(to++, load<u8>(from++));
    }
  }
  return <u32>(to - p);
}

/** UTF-16 units of what `writeText` wrote last. */
export let unitsWritten: u32 = 0;

/**
 * Writes `n` bytes of UTF-8, with characters beyond U+FFFF as they are or, with `pairs`, as two
 * surrogates. What is not valid UTF-8 (CESU-8 is not), and U+0000, becomes `?`. Ends before the character that would
 * exceed `most` bytes.
 * @returns bytes written, at most 1.5 n
 */
export function writeText(out: usize, most: u32, p: usize, n: u32, pairs: bool): u32 {
  const end = p + n;
  const limit = out + most;
  let to = out;
  unitsWritten = 0;
  while (p < end) {
    const size = load<u8>(p) < 0x80 ? 1 : sequence(p, end);
    const isHalf = size == 3 && load<u8>(p) == 0xed && load<u8>(p + 1) >= 0xa0;
    const valid = size > 0 && !isHalf && load<u8>(p) != 0 && load<u8>(p) != 0xc0;
    const writes = !valid ? 1 : size == 4 && pairs ? 6 : size;
    if (to + writes > limit) break;
    if (!valid) store<u8>(to, 0x3f);
    else if (writes == 6) writePair(to, p);
    else memory.copy(to, p, size);
    to += writes;
    p += max(size, 1);
    unitsWritten += valid && size == 4 ? 2 : 1;
  }
  return <u32>(to - out);
}

/** Writes the character of four bytes at `p` as two surrogates. */
function writePair(to: usize, p: usize): void {
  const point =
    (((<u32>load<u8>(p)) & 0x07) << 18) |
    (((<u32>load<u8>(p + 1)) & 0x3f) << 12) |
    (((<u32>load<u8>(p + 2)) & 0x3f) << 6) |
    ((<u32>load<u8>(p + 3)) & 0x3f);
  writeSurrogate(to, 0xa0, (point - 0x10000) >> 10);
  writeSurrogate(to + 3, 0xb0, (point - 0x10000) & 0x3ff);
}

function writeSurrogate(to: usize, second: u32, bits: u32): void {
  store<u8>(to, 0xed);
  store<u8>(to + 1, <u8>(second | (bits >> 6)));
  store<u8>(to + 2, <u8>(0x80 | (bits & 0x3f)));
}

/** Are these `n` bytes valid UTF-8 (or CESU-8)? */
export function isUtf8(p: usize, n: u32): bool {
  const end = p + n;
  while (p < end) {
    const size = load<u8>(p) < 0x80 ? 1 : sequence(p, end);
    if (size <= 0) return false;
    p += size;
  }
  return true;
}
