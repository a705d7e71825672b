/**
 * Skips structs of unframed messages, whose length nothing else tells. Strings are skipped by their
 * length and lists of numbers by their count; all else is walked, value by value, and may not have
 * more values or be deeper than here said.
 */
import { failed, SHORT, WRONG } from "../position";
import * as binary from "./binary";
import * as compact from "./compact";

/** Most fields and elements of one struct with all that is in it. */
export const MOST_VALUES: i32 = 65536;
/** Most structs and containers in each other. */
export const DEEPEST: u32 = 64;
/** Stands for the second type of what is no map. */
export const NONE: u32 = 0xff;

let left: i32 = 0;

/** Counts a value; false: these are too many. */
export function count(): bool {
  return --left >= 0;
}

/** The address behind the struct at `p`. */
export function skipStruct(isCompact: bool, p: usize, end: usize): usize {
  left = MOST_VALUES;
  return isCompact ? compact.skipStruct(p, end, DEEPEST) : binary.skipStruct(p, end, DEEPEST);
}

/** The address behind the value of a field of `type`, as the protocol numbers types. */
export function skipField(isCompact: bool, p: usize, end: usize, type: u32): usize {
  left = MOST_VALUES;
  return isCompact
    ? compact.skipField(p, end, type, DEEPEST)
    : binary.skipValue(p, end, type, DEEPEST);
}

/** Skips `n` elements of `type`, in a map each followed by one of type `second`. */
export function skipElements(
  isCompact: bool,
  p: usize,
  end: usize,
  n: u32,
  type: u32,
  second: u32,
  depth: u32,
): usize {
  if (depth == 0) return WRONG;
  const size = sizeOf(isCompact, type);
  const rest = sizeOf(isCompact, second);
  if (size && (rest || second == NONE)) {
    const bytes = <u64>n * (size + rest);
    return bytes > <u64>(end - p) ? SHORT : p + <usize>bytes;
  }
  for (; n > 0; n--) {
    p = skipElement(isCompact, p, end, type, depth);
    if (!failed(p) && second != NONE) p = skipElement(isCompact, p, end, second, depth);
    if (failed(p)) return p;
  }
  return p;
}

/** Bytes of each element of `type`; 0: they differ, or there is no such type. */
function sizeOf(isCompact: bool, type: u32): u32 {
  return isCompact ? compact.sizeOf(type) : binary.sizeOf(type);
}

function skipElement(isCompact: bool, p: usize, end: usize, type: u32, depth: u32): usize {
  return isCompact
    ? compact.skipElement(p, end, type, depth)
    : binary.skipValue(p, end, type, depth);
}
