/**
 * Values of SOFA's Hessian, which is Hessian 2 as it was drafted in 2007: numbers and short strings
 * are those of today's, but lists, maps and objects, ends, references and chunks have other tags.
 * Skipped without recursion, on a stack of fixed depth.
 *
 * Source: Hessian2Input of github.com/sofastack/sofa-hessian, 3.x.
 */
import { load16 } from "../../bytes/order";
import { readCount } from "../hessian2/number";
import { skipText as skipChunk } from "../hessian2/text";
import * as number from "../hessian2/number";
import { failed, SHORT, WRONG } from "../position";
import { skipUnits } from "../text";

export const NULL: u32 = 0x4e;
const CHUNK: u32 = 0x73; // s, another chunk follows
const FINAL: u32 = 0x53; // S
export const DEFINITION: u32 = 0x4f; // O
export const OBJECT: u32 = 0x6f; // o
export const MAP: u32 = 0x4d; // M
/** The end of a list or a map. */
export const END: u32 = 0x7a; // z

const MAX_DEPTH: u32 = 1024;
const MAX_CLASSES: u32 = 512;
const UNTIL_END: u32 = 0xffffffff;

/** How many values are left in each container that is open. */
const stack: usize = memory.data(<i32>MAX_DEPTH * 4);
/** For each class: how many fields, and where the first field's name lies. */
const classes: usize = memory.data(<i32>MAX_CLASSES * 8);
let classCount: u32 = 0;

/** Forgets the classes of the last content. */
export function begin(): void {
  classCount = 0;
}

// --- of the object that `enter` entered
export const NO_OBJECT: u32 = 0xffffffff;
/** How many fields it has; NO_OBJECT: it is none. */
export let fields: u32 = NO_OBJECT;
/** Address of its class's first field's name; the others follow. */
export let names: usize = 0;

/** What lies in the value that `enter` entered; 0: it was skipped as a whole. */
let inside: u32 = 0;

/** A string, the last or only chunk of it. */
@inline
export function isPlainText(tag: u32): bool {
  return tag < 0x20 || tag == FINAL;
}

/** Is a value with this tag a text, number, boolean or null: one that no other refers to, or into? */
export function isScalar(tag: u32): bool {
  const isReference = tag == 0x4a || tag == 0x4b || tag == 0x52;
  return isPlainText(tag) || tag == CHUNK || (sizeOf(tag) != 0 && !isReference);
}

/** Skips the string at `p`. */
export function skipString(p: usize, end: usize): usize {
  while (p + 3 <= end && load<u8>(p) == CHUNK) {
    p = skipUnits(p + 3, end, load16(p + 1));
    if (failed(p)) return p;
  }
  if (p >= end) return SHORT;
  return isPlainText(load<u8>(p)) ? skipChunk(p, end) : WRONG;
}

/** Skips the value at `p`, with the class definitions before it. */
export function skipValue(p: usize, end: usize): usize {
  let depth: u32 = 0;
  do {
    p = enter(p, end);
    if (failed(p)) return p;
    if (inside != 0) {
      if (depth == MAX_DEPTH) return WRONG;
      store<u32>(stack + (depth++ << 2), inside);
    }
    while (depth > 0) {
      const top = stack + ((depth - 1) << 2);
      const left = load<u32>(top);
      if (left == UNTIL_END) {
        if (p >= end) return SHORT;
        if (load<u8>(p) != END) break;
        p++;
      } else if (left > 0) {
        store<u32>(top, left - 1);
        break;
      }
      depth--;
    }
  } while (depth > 0);
  return p;
}

/** Skips the value at `p` if it holds no others, else what precedes those. */
export function enter(p: usize, end: usize): usize {
  inside = 0;
  fields = NO_OBJECT;
  if (p >= end) return SHORT;
  let tag = <u32>load<u8>(p);
  if (isPlainText(tag) || tag == CHUNK) return skipString(p, end);
  const size = sizeOf(tag);
  if (size != 0) return end - p < size ? SHORT : p + size;
  while (tag == DEFINITION) {
    p = defineClass(p + 1, end);
    if (failed(p)) return p;
    if (p >= end) return SHORT;
    tag = load<u8>(p);
    if (tag != DEFINITION && tag != OBJECT) return WRONG; // a definition precedes its object
  }
  switch (tag) {
    case OBJECT:
      p = readCount(p + 1, end);
      if (failed(p)) return p;
      if (number.integer >= <i64>classCount) return WRONG;
      fields = load<u32>(classes + ((<usize>number.integer) << 3));
      names = <usize>load<u32>(classes + ((<usize>number.integer) << 3), 4);
      inside = fields;
      return p;
    case MAP:
      inside = UNTIL_END;
      return skipType(p + 1, end);
    case 0x56: // V: a list, perhaps with type and length
      inside = UNTIL_END;
      p = skipType(p + 1, end);
      return failed(p) ? p : skipLength(p, end);
    case 0x76: // v: the number of a type, a length, and no end
      p = readCount(p + 1, end);
      if (!failed(p)) p = readCount(p, end);
      inside = <u32>number.integer;
      return p;
    case 0x42: // B
    case 0x62: // b
      return skipBinary(p, end);
    default:
      return WRONG;
  }
}

/** Bytes of a value whose tag tells them; 0: not so simple, or no value. */
function sizeOf(tag: u32): u32 {
  if (tag >= 0x80) {
    if (tag < 0xc0) return 1; // int
    if (tag < 0xd8) return tag < 0xd0 ? 2 : 3;
    return tag < 0xf0 ? 1 : 2; // long
  }
  if ((tag & 0xf0) == 0x20) return 1 + (tag & 0x0f); // binary
  if ((tag & 0xf8) == 0x38) return 3; // long
  switch (tag) {
    case 0x46: // F
    case NULL:
    case 0x54: // T
    case 0x67: // double 0
    case 0x68: // double 1
      return 1;
    case 0x4a: // J: reference
    case 0x69: // double of a byte
      return 2;
    case 0x4b: // K: reference
    case 0x6a: // double of two bytes
      return 3;
    case 0x49: // I
    case 0x52: // R: reference
    case 0x6b: // double of a float
    case 0x77: // long of an int
      return 5;
    case 0x44: // D
    case 0x4c: // L
    case 0x64: // d: date
      return 9;
    default:
      return 0;
  }
}

/** Skips the type at `p`, if there is one. */
export function skipType(p: usize, end: usize): usize {
  if (p >= end) return SHORT;
  const tag = <u32>load<u8>(p);
  if (tag == 0x54 || tag == 0x75) return readCount(p + 1, end); // T, u: named before
  if (tag != 0x74) return p; // t
  return p + 3 > end ? SHORT : skipUnits(p + 3, end, load16(p + 1));
}

/** Skips the length at `p`, if there is one. */
function skipLength(p: usize, end: usize): usize {
  if (p >= end) return SHORT;
  const tag = <u32>load<u8>(p);
  const size: usize = tag == 0x6e ? 2 : tag == 0x6c ? 5 : 0; // n, l
  return end - p < size ? SHORT : p + size;
}

function defineClass(p: usize, end: usize): usize {
  p = readCount(p, end);
  if (failed(p)) return p;
  p = skipUnits(p, end, <u32>number.integer);
  if (failed(p)) return p;
  p = readCount(p, end);
  if (failed(p)) return p;
  if (classCount == MAX_CLASSES) return WRONG;
  const count = <u32>number.integer;
  const entry = classes + (classCount++ << 3);
  store<u32>(entry, count);
  store<u32>(entry, <u32>p, 4);
  for (let i: u32 = 0; i < count; i++) {
    p = skipString(p, end);
    if (failed(p)) return p;
  }
  return p;
}

function skipBinary(p: usize, end: usize): usize {
  let tag: u32;
  do {
    if (end - p < 3) return SHORT;
    tag = load<u8>(p);
    if (tag != 0x42 && tag != 0x62) return WRONG;
    const size = <usize>(3 + load16(p + 1));
    if (size > end - p) return SHORT;
    p += size;
  } while (tag == 0x62);
  return p;
}
