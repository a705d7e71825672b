/**
 * Memory for what the host hands over. The host asks for it in the middle of a host call of
 * ours; nothing of it outlives the callback, so it is a bump arena that every callback resets.
 *
 *     | HEADROOM | allocation | allocation | …
 *
 * The first allocation of a callback has HEADROOM writable bytes before it: what was left of
 * the last read can be put right in front of the new bytes instead of copying those.
 */
export const HEADROOM: usize = 65536;
const CAPACITY: usize = 256 * 1024;
const base: usize = heap.alloc(HEADROOM + CAPACITY);
let top: usize = 0;
/** An allocation that did not fit, kept until the next reset; each starts with the one before. */
let overflow: usize = 0;

/** Every callback starts with this: what earlier ones read is gone. */
export function resetArena(): void {
  top = 0;
  if (overflow != 0) releaseOverflow();
}

function releaseOverflow(): void {
  while (overflow != 0) {
    const next = load<usize>(overflow);
    heap.free(overflow);
    overflow = next;
  }
}

/** Called by the host (exported as `proxy_on_memory_allocate`). */
export function allocate(size: usize): usize {
  if (size <= CAPACITY - top) {
    const p = base + HEADROOM + top;
    top += (size + 7) & ~7;
    if (top > CAPACITY) top = CAPACITY;
    return p;
  }
  // Rare: more than CAPACITY in one callback. Own memory with the same headroom.
  const block = heap.alloc(sizeof<usize>() + HEADROOM + size);
  store<usize>(block, overflow);
  overflow = block;
  return block + sizeof<usize>() + HEADROOM;
}
