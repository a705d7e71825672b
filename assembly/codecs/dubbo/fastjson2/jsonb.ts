/**
 * Values of JSONB, the binary form of fastjson2. Source: the tables in JSONB.java and JSONBDump.java
 * of github.com/alibaba/fastjson2.
 */
import { load16, load32, load64 } from "../../../bytes/order";
import { Metadata } from "../../metadata";
import { isUtf8 } from "../../text";
import { failed, SHORT, WRONG } from "../../position";

export const NULL: u32 = 0xaf;
export const OBJECT: u32 = 0xa6;
export const OBJECT_END: u32 = 0xa5;
export const SYMBOL: u32 = 0x7f;
export const TYPED: u32 = 0x92;
const LATIN: u32 = 0x79;
const UTF8: u32 = 0x7a;

/** How deep values may lie in each other. */
const MAX_DEPTH: u32 = 256;


@inline
export function isText(tag: u32): bool {
  return tag >= 0x49 && tag <= 0x7e;
}


@inline
export function isInteger(tag: u32): bool {
  return tag <= 0x48 || (tag >= 0xbc && tag <= 0xff);
}
/** Is the value at `p`, all of which is there, a double or float? */
export function isDoubleAt(p: usize): bool {
  const tag = <u32>load<u8>(p);
  if (tag == 0xb4 || tag == 0xb6) return isInteger(load<u8>(p + 1));
  return tag >= 0xb2 && tag <= 0xb7;
}

/** Bytes behind the tags from a7 to bf, before another value that may belong to it. */
// prettier-ignore
const SIZES: usize = memory.data<u8>([
  3, 7, 4, 7, 8, 4, 4, 8, // a7 times and dates
  0, 0, 0, 0, 0, // af null, false, true, double 0 and 1
  0, 8, 0, 4, 0, 0, 0, 0, // b4 double, float, decimal, big integer
  2, 1, 8, 4, // bc short, byte, long, long as int
]);

/** The integer that `readInteger` read last. */
export let integer: i64 = 0;

/** Reads the int or long at `p` into `integer`. */
export function readInteger(p: usize, end: usize): usize {
  if (p >= end) return SHORT;
  const tag = <u32>load<u8>(p);
  if (!isInteger(tag)) return WRONG;
  const next = p + integerSize(tag);
  if (next > end) return SHORT;
  integer = integerAt(p);
  return next;
}

function integerSize(tag: u32): usize {
  if (tag >= 0xd8 || tag < 0x30) return 1;
  if (tag >= 0xc8 || tag < 0x40) return 2;
  if (tag >= 0xc0 || tag < 0x48) return 3;
  return tag == 0x48 ? 5 : 1 + <usize>load<u8>(SIZES + tag - 0xa7);
}

/** The int or long at `p`, all of which is there. */
export function integerAt(p: usize): i64 {
  const tag = <i32>load<u8>(p);
  if (tag >= 0xf0) return tag - 0x100;
  if (tag >= 0xd8) return tag - 0xe0;
  if (tag >= 0xc8) return ((tag - 0xd0) << 8) | load<u8>(p + 1);
  if (tag >= 0xc0) return ((tag - 0xc4) << 16) | load16(p + 1);
  if (tag < 0x30) return tag;
  if (tag < 0x40) return ((tag - 0x38) << 8) | load<u8>(p + 1);
  if (tag < 0x48) return ((tag - 0x44) << 16) | load16(p + 1);
  if (tag == 0xbc) return <i16>load16(p + 1);
  if (tag == 0xbd) return load<i8>(p + 1);
  return tag == 0xbe ? <i64>load64(p + 1) : <i64>(<i32>load32(p + 1));
}

/** The double or float at `p`, all of which is there. */
export function doubleAt(p: usize): f64 {
  switch (load<u8>(p)) {
    case 0xb2:
      return 0;
    case 0xb3:
      return 1;
    case 0xb5:
      return reinterpret<f64>(load64(p + 1));
    case 0xb7:
      return <f64>reinterpret<f32>(load32(p + 1));
    default:
      return <f64>integerAt(p + 1);
  }
}

let textAt: usize = 0;
let textEnd: usize = 0;
let textTag: u32 = 0;

/** Reads the string or null at `p`; `keepText` then tells where its text lies. */
export function readText(p: usize, end: usize): usize {
  if (p >= end) return SHORT;
  textTag = load<u8>(p++);
  textAt = p;
  textEnd = p;
  if (textTag == NULL) return p;
  if (!isText(textTag)) return WRONG;
  let length = <i64>textTag - 0x49;
  if (textTag >= LATIN) {
    p = readInteger(p, end);
    if (failed(p)) return p;
    length = integer;
  } else {
    textTag = LATIN;
  }
  if (length < 0) return WRONG;
  if (length > <i64>(end - p)) return SHORT;
  textAt = p;
  textEnd = p + <usize>length;
  return textEnd;
}

export let keptAt: usize = 0;
export let keptLength: u32 = 0;

/** Makes the string that was read last a span of UTF-8; false: it can't be one. */
export function keepText(m: Metadata): bool {
  keptAt = textTag == NULL ? 0 : textAt;
  keptLength = <u32>(textEnd - textAt);
  if (textTag == UTF8) return isUtf8(textAt, keptLength);
  if (textTag == LATIN) return isAscii() || convert(m, 1, false);
  if (textTag == 0x7c || textTag == 0x7d) return convert(m, 2, textTag == 0x7d);
  return textTag == NULL;
}

function isAscii(): bool {
  for (let p = textAt; p < textEnd; p++) {
    if (load<u8>(p) >= 0x80) return false;
  }
  return true;
}

/** Turns units of 1 (Latin-1) or 2 bytes (UTF-16) into UTF-8. */
function convert(m: Metadata, width: u32, bigEndian: bool): bool {
  const out = m.scratchBytes(keptLength * 2);
  if (out == 0) return false;
  let to = out;
  for (let p = textAt; p + width <= textEnd; p += width) {
    let unit = width == 1 ? <u32>load<u8>(p) : bigEndian ? load16(p) : <u32>load<u16>(p);
    if ((unit & 0xfc00) == 0xd800 && p + 4 <= textEnd) {
      const low = bigEndian ? load16(p + 2) : <u32>load<u16>(p + 2);
      if ((low & 0xfc00) == 0xdc00) {
        unit = 0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff);
        p += 2;
      }
    }
    to = writePoint(to, unit);
  }
  keptAt = out;
  keptLength = <u32>(to - out);
  return true;
}

function writePoint(to: usize, point: u32): usize {
  if (point < 0x80) {
    store<u8>(to, <u8>point);
    return to + 1;
  }
  if (point < 0x800) {
    store<u8>(to, <u8>(0xc0 | (point >> 6)));
    store<u8>(to + 1, <u8>(0x80 | (point & 0x3f)));
    return to + 2;
  }
  if (point >= 0x10000) {
    store<u8>(to++, <u8>(0xf0 | (point >> 18)));
    store<u8>(to, <u8>(0x80 | ((point >> 12) & 0x3f)));
  } else {
    store<u8>(to, <u8>(0xe0 | (point >> 12)));
  }
  store<u8>(to + 1, <u8>(0x80 | ((point >> 6) & 0x3f)));
  store<u8>(to + 2, <u8>(0x80 | (point & 0x3f)));
  return to + 3;
}

/** Is the string that was read last `text` (ASCII, of `n` bytes)? */
export function textIs(text: usize, n: u32): bool {
  return textTag == LATIN && textEnd - textAt == n && memory.compare(textAt, text, n) == 0;
}

/** Skips the name of a type or field: a string with its number, or the number alone. */
export function skipSymbol(p: usize, end: usize): usize {
  if (p >= end) return SHORT;
  if (isText(load<u8>(p))) p = readText(p, end);
  return failed(p) ? p : readInteger(p, end);
}

/** Skips the value at `p`, which lies `depth` deep. */
export function skipValue(p: usize, end: usize, depth: u32 = 0): usize {
  if (depth > MAX_DEPTH) return WRONG;
  if (p >= end) return SHORT;
  const tag = <u32>load<u8>(p);
  if (isText(tag)) return readText(p, end);
  if (isInteger(tag)) return readInteger(p, end);
  p++;
  if (tag == SYMBOL) return skipSymbol(p, end);
  if (tag == TYPED) {
    p = skipSymbol(p, end);
    return failed(p) ? p : skipValue(p, end, depth + 1);
  }
  if (tag == OBJECT) return skipUntilEnd(p, end, depth + 1);
  if (tag >= 0x94 && tag <= 0xa3) return skipCounted(p, end, tag - 0x94, depth + 1);
  if (tag == 0xa4) {
    p = readInteger(p, end);
    return failed(p) ? p : skipCounted(p, end, integer, depth + 1);
  }
  if (tag == 0x91 || tag == 0xbb) {
    p = readInteger(p, end);
    if (failed(p)) return p;
    if (integer < 0) return WRONG;
    return integer > <i64>(end - p) ? SHORT : p + <usize>integer;
  }
  if (tag == 0x90 || tag == 0x93) return skipValue(p, end, depth + 1); // char, reference
  if (tag < 0xa7) return WRONG;
  p += load<u8>(SIZES + tag - 0xa7);
  if (p > end) return SHORT;
  return skipCounted(p, end, valuesBehind(tag), depth + 1);
}

/** How many values follow what a tag from a7 on has by itself. */
function valuesBehind(tag: u32): i64 {
  switch (tag) {
    case 0xa7: // time, with nanoseconds
    case 0xa8:
    case 0xae:
    case 0xb4: // double as long, float as int
    case 0xb6:
    case 0xb8: // decimal as long, big integer as long
    case 0xba:
      return 1;
    case 0xaa: // with nanoseconds and time zone
    case 0xb9: // scale and digits
      return 2;
    default:
      return 0;
  }
}

function skipCounted(p: usize, end: usize, count: i64, depth: u32): usize {
  if (count < 0) return WRONG;
  for (let left = count; left > 0 && !failed(p); left--) p = skipValue(p, end, depth);
  return p;
}

function skipUntilEnd(p: usize, end: usize, depth: u32): usize {
  while (!failed(p)) {
    if (p >= end) return SHORT;
    if (load<u8>(p) == OBJECT_END) return p + 1;
    p = skipValue(p, end, depth);
    if (!failed(p)) p = skipValue(p, end, depth);
  }
  return p;
}
