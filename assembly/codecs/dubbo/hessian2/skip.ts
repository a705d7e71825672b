/**
 * Skips values of Hessian 2 of any type, without recursion: what is open lies on a stack of fixed
 * depth, so that no frame can exhaust the memory or the stack of the module.
 *
 * Source: "Hessian 2.0 Serialization Protocol" (hessian.caucho.com), as hessian-lite writes it.
 */
import { load16 } from "../../../bytes/order";
import { integer, readCount } from "../../hessian2/number";
import { isText, skipText } from "../../hessian2/text";
import { failed, SHORT, WRONG } from "../../position";

/** Bytes of the values whose tag tells it; 0: not so simple, or no value at all. */
// prettier-ignore
const SIZES: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // 00 string
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // 10 string
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, // 20 binary
  0, 0, 0, 0, 0, 0, 0, 0, 3, 3, 3, 3, 3, 3, 3, 3, // 30 string, binary, long
  0, 0, 0, 0, 9, 0, 1, 0, 0, 5, 9, 5, 9, 0, 1, 0, // 40 D double, F, I int, date, date, L long, N
  0, 0, 0, 0, 1, 0, 0, 0, 0, 5, 0, 1, 1, 2, 3, 5, // 50 T, long, doubles
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // 60 object
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // 70 list
  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, // 80 int
  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, // 90 int
  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, // a0 int
  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, // b0 int
  2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, // c0 int
  3, 3, 3, 3, 3, 3, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, // d0 int, long
  1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, // e0 long
  2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, // f0 long
]);

/** Is `tag` that of a number, a boolean, a date, null or a short binary? */
@inline
export function isScalar(tag: u32): bool {
  return load<u8>(SIZES + tag) != 0;
}

/** How deep values may lie in each other. */
export const MAX_DEPTH: u32 = 4096;
/** How many class definitions a body may have. */
export const MAX_CLASSES: u32 = 2048;
/** How many lists, maps and objects of a body are remembered for references to them. */
const MAX_CONTAINERS: u32 = 1024;

/** What lies in a container that is open: so many values, or one of these. */
export const UNTIL_END: u32 = 0xffffffff;
export const KEY_OR_END: u32 = 0xfffffffe;
const VALUE: u32 = 0xfffffffd;

const stack: usize = memory.data(<i32>MAX_DEPTH * 4);
/** For each class: how many fields, and where the first field's name lies. */
const classes: usize = memory.data(<i32>MAX_CLASSES * 8);
const containers: usize = memory.data(<i32>MAX_CONTAINERS * 4);
let classCount: u32 = 0;
let containerCount: u32 = 0;

/** The end of the body that is read now, or was read last. */
export let bodyEnd: usize = 0;

/** Forgets the classes and containers of the last body. */
export function beginBody(end: usize): void {
  bodyEnd = end;
  classCount = 0;
  containerCount = 0;
}

/** How many classes and containers are known; for `forgetSince`, when a value is read again. */
export function known(): u64 {
  return ((<u64>classCount) << 32) | containerCount;
}
export function forgetSince(mark: u64): void {
  classCount = <u32>(mark >> 32);
  containerCount = <u32>mark;
}

/** What lies in the value that `enter` entered; 0: it is skipped as a whole. */
export let inside: u32 = 0;
/** Class of the object that `enter` entered, or NO_CLASS. */
export let entered: u32 = 0;
export const NO_CLASS: u32 = 0xffffffff;

export function classFields(index: u32): u32 {
  return load<u32>(classes + (index << 3));
}
/** Address of the name of a class's first field; the other names follow. */
export function classNames(index: u32): usize {
  return load<u32>(classes + (index << 3), 4);
}
/** Address of the container with this number, 0 if it is not known. */
export function containerAt(index: u32): usize {
  return index < min(containerCount, MAX_CONTAINERS)
    ? <usize>load<u32>(containers + (index << 2))
    : 0;
}

/** Gives the container at `p` its number. */
export function countContainer(p: usize): void {
  if (containerCount < MAX_CONTAINERS) store<u32>(containers + (containerCount << 2), <u32>p);
  containerCount++;
}

/** Skips the value at `p`, with the class definitions before it. */
export function skipValue(p: usize, end: usize): usize {
  if (p < end && isText(load<u8>(p))) return skipText(p, end);
  let depth: u32 = 0;
  do {
    p = enter(p, end);
    if (failed(p)) return p;
    if (inside != 0) {
      if (depth == MAX_DEPTH) return WRONG;
      store<u32>(stack + (depth++ << 2), inside);
    }
    // Leave what has ended, and prepare the next value of what has not.
    while (depth > 0) {
      const top = stack + ((depth - 1) << 2);
      const left = load<u32>(top);
      if (left < VALUE) {
        if (left == 0) {
          depth--;
          continue;
        }
        store<u32>(top, left - 1);
      } else if (left == VALUE) {
        store<u32>(top, KEY_OR_END);
      } else {
        if (p >= end) return SHORT;
        if (load<u8>(p) == 0x5a) {
          p++;
          depth--;
          continue;
        }
        if (left == KEY_OR_END) store<u32>(top, VALUE);
      }
      break;
    }
  } while (depth > 0);
  return p;
}

/**
 * Skips the value at `p` as a whole if it holds no other values, else only what precedes those;
 * `inside` and `entered` then tell of them.
 */
export function enter(p: usize, end: usize): usize {
  inside = 0;
  entered = NO_CLASS;
  if (p >= end) return SHORT;
  let tag = <u32>load<u8>(p);
  const size = <usize>load<u8>(SIZES + tag);
  if (size != 0) {
    p += size;
    return p > end ? SHORT : p;
  }
  if (isText(tag)) return skipText(p, end);
  if (tag == 0x41 || tag == 0x42 || (tag & 0xfc) == 0x34) return skipBinary(p, end);
  while (tag == 0x43) {
    p = defineClass(p + 1, end);
    if (failed(p)) return p;
    if (p >= end) return SHORT;
    tag = load<u8>(p);
    // A definition precedes its object; before any other value it would be of no use.
    if (tag != 0x43 && tag != 0x4f && (tag & 0xf0) != 0x60) return WRONG;
  }
  if (tag == 0x51) return readCount(p + 1, end); // Q: a container again
  countContainer(p);
  if ((tag & 0xf0) == 0x60) return enterObject(p + 1, tag & 0x0f);
  if ((tag & 0xf8) == 0x78) {
    inside = tag & 7;
    return p + 1;
  }
  if ((tag & 0xf8) == 0x70) {
    p = skipType(p + 1, end);
    inside = tag & 7;
    return p;
  }
  switch (tag) {
    case 0x4f: // O
      p = readCount(p + 1, end);
      return failed(p) ? p : enterObject(p, <u32>integer);
    case 0x48: // H: a map
      inside = KEY_OR_END;
      return p + 1;
    case 0x4d: // M: a map with a type
      inside = KEY_OR_END;
      return skipType(p + 1, end);
    case 0x55: // a list with a type, of any length
      inside = UNTIL_END;
      return skipType(p + 1, end);
    case 0x57:
      inside = UNTIL_END;
      return p + 1;
    case 0x56: // V: a list with a type and a length
      p = skipType(p + 1, end);
      return failed(p) ? p : enterCounted(p, end);
    case 0x58:
      return enterCounted(p + 1, end);
    default:
      return WRONG;
  }
}

function enterCounted(p: usize, end: usize): usize {
  p = readCount(p, end);
  if (!failed(p)) inside = <u32>integer;
  return p;
}

function enterObject(p: usize, index: u32): usize {
  if (index >= classCount) return WRONG;
  entered = index;
  inside = classFields(index);
  return p;
}

/** A type is a string, or the number of a type that was named before. */
export function skipType(p: usize, end: usize): usize {
  if (p >= end) return SHORT;
  return isText(load<u8>(p)) ? skipText(p, end) : readCount(p, end);
}

function defineClass(p: usize, end: usize): usize {
  p = skipText(p, end);
  if (failed(p)) return p;
  p = readCount(p, end);
  if (failed(p)) return p;
  if (classCount == MAX_CLASSES) return WRONG;
  const fields = <u32>integer;
  const entry = classes + (classCount++ << 3);
  store<u32>(entry, fields);
  store<u32>(entry, <u32>p, 4);
  for (let i: u32 = 0; i < fields; i++) {
    p = skipText(p, end);
    if (failed(p)) return p;
  }
  return p;
}

function skipBinary(p: usize, end: usize): usize {
  let tag: u32;
  do {
    if (p >= end) return SHORT;
    tag = load<u8>(p);
    if ((tag & 0xf0) == 0x20) {
      p += 1 + (tag & 0x0f);
    } else if ((tag & 0xfc) == 0x34) {
      if (p + 2 > end) return SHORT;
      p += 2 + (((tag & 3) << 8) | (<u32>load<u8>(p + 1)));
    } else if (tag == 0x41 || tag == 0x42) {
      if (p + 3 > end) return SHORT;
      p += 3 + load16(p + 1);
    } else {
      return WRONG;
    }
    if (p > end) return SHORT;
  } while (tag == 0x41);
  return p;
}
