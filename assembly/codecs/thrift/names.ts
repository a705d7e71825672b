/**
 * Names of methods that requests had, so that an error reply can have its request's: 256 sets of
 * eight names, of which a new one takes the place of the oldest. A request refers to a name by a
 * number that says also which of those that were there in turn it was: where it has gone meanwhile,
 * the reply's name is empty, never another one.
 */
import { hash64 } from "../../bytes/hash";
import { sameBytes } from "../../bytes/same";

const SETS: u32 = 256;
const WAYS: u32 = 8;
/** Longer names are not kept. */
export const LONGEST_NAME: u32 = 119;

/** hash u32, which one it is in this place u16 (0: none), length u8, then the name. */
const ENTRY: u32 = 128;
const GENERATION: usize = 4;
const LENGTH: usize = 6;
const NAME: usize = 8;
const MOST_GENERATIONS: u32 = 0xfffe;
const PLACE_BITS: u32 = 12;
const PLACE: u32 = 0xfff;

/** The entries, and behind them which way of each set is replaced next; 0: not taken yet. */
let entries: usize = 0;
/** Place of the name that came last: calls of one method often follow each other. */
let last: u32 = 0;

/**
 * Keeps the name of `n` bytes at `p`.
 * @returns what to find it by: place in the bits 0 to 11, generation in 12 to 27; 0: it is not kept
 */
export function keepName(p: usize, n: u32): u32 {
  if (n == 0 || n > LONGEST_NAME) return 0;
  if (entries == 0) begin();
  const latest = entries + last * ENTRY;
  if (load<u8>(latest, LENGTH) == n && sameBytes(latest + NAME, p, n)) return reference(last);
  const hash = <u32>hash64(p, n);
  const first = ((hash >> 8) % SETS) * WAYS;
  for (let i = first; i < first + WAYS; i++) {
    const entry = entries + i * ENTRY;
    if (load<u32>(entry) != hash || load<u8>(entry, LENGTH) != n) continue;
    if (sameBytes(entry + NAME, p, n)) return reference((last = i));
  }
  return replace(first, hash, p, n);
}

/** Length of the name that `keepName` gave `found` for, which then is at `nameAt`; 0: it is gone. */
export function nameLength(found: u32): u32 {
  if (found == 0 || entries == 0) return 0;
  const entry = entries + (found & PLACE) * ENTRY;
  return load<u16>(entry, GENERATION) == <u16>(found >> PLACE_BITS) ? load<u8>(entry, LENGTH) : 0;
}
export function nameAt(found: u32): usize {
  return entries + (found & PLACE) * ENTRY + NAME;
}

function begin(): void {
  const size = SETS * WAYS * ENTRY + SETS;
  entries = heap.alloc(size);
  memory.fill(entries, 0, size);
}

function reference(i: u32): u32 {
  return i | ((<u32>load<u16>(entries + i * ENTRY, GENERATION)) << PLACE_BITS);
}

function replace(first: u32, hash: u32, p: usize, n: u32): u32 {
  const next = entries + SETS * WAYS * ENTRY + first / WAYS;
  const i = first + (<u32>load<u8>(next) % WAYS);
  store<u8>(next, <u8>(load<u8>(next) + 1));
  const entry = entries + i * ENTRY;
  const generation = <u32>load<u16>(entry, GENERATION);
  store<u32>(entry, hash);
  store<u16>(entry, <u16>(generation == MOST_GENERATIONS ? 1 : generation + 1), GENERATION);
  store<u8>(entry, <u8>n, LENGTH);
  memory.copy(entry + NAME, p, n);
  last = i;
  return reference(i);
}
