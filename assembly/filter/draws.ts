/** Numbers that lanes send, for Envoy to look up in the weights of a route. */

/**
 * The step from one number to the next. A prime: its multiples spread well over whatever they are
 * divided by, be it the 100 of weights in percent. Powers of the golden ratio would not: Envoy
 * takes the remainder, their low digits.
 */
export const STRIDE: u64 = 174773;
/** Keys by their hash, for which numbers are drawn independently. */
const KEYS: u32 = 256;

export class Draws {
  /** How many numbers have been drawn. */
  private readonly drawn: StaticArray<u32> = new StaticArray<u32>(KEYS);

  /** @param seed differs from worker to worker */
  constructor(private readonly seed: u64) {}

  /** The next number for this key: over many lanes they hit every weight in proportion. */
  next(hash: u64): u64 {
    const key = <u32>hash % KEYS;
    const start = (this.seed ^ hash) & 0xffff_ffff;
    return start + <u64>unchecked(this.drawn[key]++) * STRIDE;
  }
}
