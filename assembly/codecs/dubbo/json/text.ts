/** JSON as Gson and Fastjson write it for Dubbo: one value a line, strings with escapes. */
import { Metadata } from "../../metadata";
import { isUtf8 } from "../../text";
import { failed, SHORT, WRONG } from "../../position";

const QUOTE: u32 = 0x22;
const BACKSLASH: u32 = 0x5c;
const NEWLINE: u32 = 0x0a;

let from: usize = 0;
let to: usize = 0;
let escaped: bool = false;

/** The string that `keepText` kept; address 0 for null. */
export let keptAt: usize = 0;
export let keptLength: u32 = 0;

/** Reads the string at `p`, or null; `keepText` then tells what it says. */
export function readText(p: usize, end: usize): usize {
  if (p >= end) return SHORT;
  escaped = false;
  from = 0;
  to = 0;
  if (load<u8>(p) == 0x6e) return skipWord(p, end); // null
  if (load<u8>(p) != QUOTE) return WRONG;
  const start = ++p;
  for (; p < end; p++) {
    const c = <u32>load<u8>(p);
    if (c == QUOTE) {
      from = start;
      to = p;
      return p + 1;
    }
    if (c < 0x20) return WRONG;
    if (c == BACKSLASH) {
      escaped = true;
      p++;
    }
  }
  return SHORT;
}

/** Makes the string that was read last a span of UTF-8; false: it is none, or has no room. */
export function keepText(m: Metadata): bool {
  keptAt = from;
  keptLength = <u32>(to - from);
  if (!isUtf8(from, keptLength)) return false;
  if (!escaped) return true;
  const out = m.scratchBytes(keptLength);
  if (out == 0) return false;
  keptAt = out;
  const length = unescape(out);
  keptLength = <u32>length;
  return length >= 0;
}

/** Writes the text without its escapes, which only makes it shorter; -1: one of them is wrong. */
function unescape(out: usize): i32 {
  const start = out;
  for (let p = from; p < to;) {
    const c = <u32>load<u8>(p++);
    if (c != BACKSLASH) {
      store<u8>(out++, <u8>c);
      continue;
    }
    const kind = <u32>load<u8>(p++);
    if (kind == 0x75) {
      const unit = p + 4 > to ? -1 : hex4(p);
      // A character of two units stays in UTF-8 with these writers; alone, a half is no text.
      if (unit < 0 || (unit >= 0xd800 && unit < 0xe000)) return -1;
      out = writeCharacter(out, unit);
      p += 4;
    } else {
      const plain = unescaped(kind);
      if (plain == 0) return -1;
      store<u8>(out++, <u8>plain);
    }
  }
  return <i32>(out - start);
}

/** What stands behind a backslash, but u; 0: nothing that may. */
function unescaped(kind: u32): u32 {
  switch (kind) {
    case 0x62:
      return 0x08;
    case 0x66:
      return 0x0c;
    case 0x6e:
      return NEWLINE;
    case 0x72:
      return 0x0d;
    case 0x74:
      return 0x09;
    default:
      return kind == QUOTE || kind == BACKSLASH || kind == 0x2f ? kind : 0;
  }
}

function hex4(p: usize): i32 {
  let unit = 0;
  for (let i = 0; i < 4; i++) {
    const c = <i32>load<u8>(p + i);
    const lower = c | 0x20;
    const digit =
      c >= 0x30 && c <= 0x39 ? c - 0x30 : lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
    if (digit < 0) return -1;
    unit = (unit << 4) | digit;
  }
  return unit;
}

function writeCharacter(out: usize, c: u32): usize {
  if (c < 0x80) {
    store<u8>(out, <u8>c);
    return out + 1;
  }
  if (c < 0x800) {
    store<u8>(out, <u8>(0xc0 | (c >> 6)));
    store<u8>(out + 1, <u8>(0x80 | (c & 0x3f)));
    return out + 2;
  }
  store<u8>(out, <u8>(0xe0 | (c >> 12)));
  store<u8>(out + 1, <u8>(0x80 | ((c >> 6) & 0x3f)));
  store<u8>(out + 2, <u8>(0x80 | (c & 0x3f)));
  return out + 3;
}

/** Skips `null`, `true`, a number. */
function skipWord(p: usize, end: usize): usize {
  const start = p;
  while (p < end && isWordPart(load<u8>(p))) p++;
  return p > start ? p : p < end ? WRONG : SHORT;
}

/** Letters, digits, `+`, `-` and `.`. */
function isWordPart(c: u32): bool {
  const lower = c | 0x20;
  return (
    (lower >= 0x61 && lower <= 0x7a) ||
    (c >= 0x30 && c <= 0x39) ||
    (c >= 0x2b && c <= 0x2e && c != 0x2c)
  );
}

/** Skips a value of any type. */
export function skipValue(p: usize, end: usize): usize {
  let depth = 0;
  while (p < end) {
    const c = <u32>load<u8>(p);
    if (c == QUOTE) p = readText(p, end);
    else if (c == 0x5b || c == 0x7b) {
      depth++;
      p++;
      continue;
    } else if (c == 0x5d || c == 0x7d) {
      if (--depth < 0) return WRONG;
      p++;
    } else if (depth > 0 && (c == 0x2c || c == 0x3a || c == 0x20)) {
      p++;
      continue;
    } else p = skipWord(p, end);
    if (failed(p) || depth == 0) return p;
  }
  return SHORT;
}

/** Goes behind the end of the line at `p`. */
export function endLine(p: usize, end: usize): usize {
  if (failed(p)) return p;
  if (p >= end) return SHORT;
  return load<u8>(p) == NEWLINE ? p + 1 : WRONG;
}

/** Skips the line at `p`. */
export function skipLine(p: usize, end: usize): usize {
  for (; p < end; p++) if (load<u8>(p) == NEWLINE) return p + 1;
  return SHORT;
}
