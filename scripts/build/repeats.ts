/**
 * Shortens bytes by what repeats in them (LZSS), as assembly/host/unpack.ts undoes it, which has the
 * layout.
 */

/** How far back a repetition may lie, and how long it may be: what 12 and 4 bits can say. */
const FARTHEST = 0xfff;
const SHORTEST = 2;
const LONGEST = SHORTEST + 0xf;

interface Repetition {
  back: number;
  length: number;
}

/** What bytes are written as: an item, and what follows it. */
interface Items extends Repetition {
  bits: number;
  rest?: Items;
}

/** `bytes` as items, in a shortest way that takes each repetition from where most is repeated. */
export function shorten(bytes: Uint8Array): Buffer {
  const end: Items = { back: 0, length: 0, bits: 0 };
  /** How the bytes from there on are written. */
  const from: Items[] = [];
  for (let at = bytes.length - 1; at >= 0; at--) {
    const longest = longestAt(bytes, at);
    const next = from[at + 1] ?? end;
    let best: Items = { back: 0, length: 1, bits: 9 + next.bits, rest: next };
    for (let length = SHORTEST; length <= longest.length; length++) {
      const rest = from[at + length] ?? end;
      const bits = 17 + rest.bits;
      if (bits < best.bits) best = { back: longest.back, length, bits, rest };
    }
    from[at] = best;
  }
  return write(bytes, from[0] ?? end);
}

/** The longest of what came before that the bytes at `at` repeat. */
function longestAt(bytes: Uint8Array, at: number): Repetition {
  const best = { back: 0, length: 0 };
  const most = Math.min(LONGEST, bytes.length - at);
  for (let back = 1; back <= Math.min(at, FARTHEST) && best.length < most; back++) {
    let length = 0;
    while (length < most && bytes[at - back + length] === bytes[at + length]) length++;
    if (length > best.length) Object.assign(best, { back, length });
  }
  return best;
}

function write(bytes: Uint8Array, first: Items): Buffer {
  const out: number[] = [];
  let eight: number[] = [];
  let kinds = 0;
  let count = 0;
  let at = 0;
  const flush = (): void => {
    if (count > 0) out.push(kinds, ...eight);
    eight = [];
    kinds = count = 0;
  };
  for (let item = first; item.rest !== undefined; item = item.rest) {
    if (item.length === 1) {
      kinds |= 1 << count;
      eight.push(...bytes.subarray(at, at + 1));
    } else {
      const pair = (item.back << 4) | (item.length - SHORTEST);
      eight.push(pair & 0xff, pair >> 8);
    }
    at += item.length;
    if (++count === 8) flush();
  }
  flush();
  return Buffer.from(out);
}
