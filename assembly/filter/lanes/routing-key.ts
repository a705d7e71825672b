/**
 * The routing key of a request, as the filter compares it: for each key of `routeOn` its
 * length + 1 (0: absent) and its bytes.
 */
import { Metadata } from "../../codecs/metadata";
import { LaneGroup } from "./lane";

const MOST_KEYS: usize = 16;
const SCRATCH_SIZE: usize = 49152 + MOST_KEYS * 4;
const SCRATCH: usize = heap.alloc(SCRATCH_SIZE);

/** Where `buildKey` puts the key. */
export const KEY_AT: usize = SCRATCH;

/** Whether the group's key is that of `m`: the common case, without building the key. */
export function keyMatches(group: LaneGroup, m: Metadata, slots: StaticArray<u32>): bool {
  let at = group.key.at;
  for (let i = 0; i < slots.length; i++) {
    const slot = unchecked(slots[i]);
    const p = m.at(slot);
    const n = p == 0 ? 0 : m.length(slot) + 1;
    if (load<u32>(at) != n) return false;
    at += 4;
    if (n > 1) {
      if (memory.compare(at, p, n - 1) != 0) return false;
      at += n - 1;
    }
  }
  return true;
}

/** Builds the key of `m` at KEY_AT; returns its length, 0 if the values exceed `most` bytes. */
export function buildKey(m: Metadata, slots: StaticArray<u32>, most: u32): usize {
  let at = SCRATCH;
  let values: u32 = 0;
  for (let i = 0; i < slots.length; i++) {
    const slot = unchecked(slots[i]);
    const p = m.at(slot);
    if (p == 0) {
      store<u32>(at, 0);
      at += 4;
      continue;
    }
    const n = m.length(slot);
    values += n;
    if (n > most || values > most) return 0;
    store<u32>(at, n + 1);
    memory.copy(at + 4, p, n);
    at += 4 + n;
  }
  // Without any key all requests share one lane; its key is still not "too long".
  if (at == SCRATCH) {
    store<u32>(at, 0);
    at += 4;
  }
  return at - SCRATCH;
}
