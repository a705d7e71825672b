/** Copies what lies from `p` to `end` to `out`; returns the address behind the copy. */
export function copy(out: usize, p: usize, end: usize): usize {
  memory.copy(out, p, end - p);
  return out + (end - p);
}
