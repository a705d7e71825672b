/**
 * How the requests of one routing key are shared out among the clusters of a weighted route.
 *
 * Envoy looks at the weights once a lane. So that requests keep to them, not only lanes, a lane's
 * response HEADERS tell which part of the weights its cluster has (WEIGHT_HEADER, `0-80/100`: of
 * the numbers modulo 100 those from 0 to 79; or `80,20`, all weights of a route which takes the
 * numbers that lanes send), a lane of a given part can be had by a number in it
 * (RANDOM_HEADER, which the route's `weighted_clusters.header_name` names), and each run of
 * requests goes to the part in which the next one of a walk of numbers lies. The walk begins
 * elsewhere for each connection: those with two requests only keep to the weights together.
 */

import { findByte } from "../../bytes/find";

/** On a lane's request: the number that Envoy looks up in the weights. */
export const RANDOM_HEADER = String.UTF8.encode("x-argot-random");
/** On a lane's response: `from-to/total`, or all weights with commas between them. */
export const WEIGHT_HEADER = String.UTF8.encode("x-argot-weight");

/**
 * A part that lacks more requests than this is not kept waiting for its number: runs differ in
 * length. Less would tell on short connections, more on long ones.
 */
const MOST_LACKING: i64 = 32;
/** So many requests are remembered: later ones count for more. */
const MEMORY: u64 = 1 << 20;

/** The part of the weights that one cluster has. */
@unmanaged
export class Share {
  next: Share | null = null;
  /** Requests that its lanes took. */
  taken: u64 = 0;

  constructor(
    readonly from: u32,
    /** The first number behind it. */
    readonly to: u32,
  ) {}
}


@unmanaged
export class Shares {
  /** Sum of the weights; 0: no lane has told them yet. */
  total: u32 = 0;
  /** Whether Envoy takes the numbers that lanes send; otherwise it throws dice. */
  steered: bool = true;
  first: Share | null = null;
  random: u64 = 0;
  /** Requests of all lanes. */
  private dealt: u64 = 0;

  /**
   * Whose the next run is, if `number` is its; null: a share's that no lane has told yet. A number
   * of this share is in `random` then.
   */
  due(number: u64): Share | null {
    const total = <i64>this.total;
    const place = <i64>number % max(total, 1);
    let due: Share | null = null;
    let most = MOST_LACKING * total;
    this.random = number;
    let share = this.first;
    while (share !== null) {
      const lacks = <i64>(share.to - share.from) * <i64>this.dealt - <i64>share.taken * total;
      if (lacks > most) {
        most = lacks;
        due = share;
        this.random = share.from;
      } else if (this.random == number && place >= <i64>share.from && place < <i64>share.to)
        due = share;
      share = share.next;
    }
    return due;
  }

  /** `n` requests were dealt, to a lane of this share if that is known. */
  count(share: Share | null, n: u32): void {
    this.dealt += n;
    if (share !== null) share.taken += n;
    if (this.dealt < MEMORY) return;
    this.dealt >>= 1;
    let each = this.first;
    while (each !== null) {
      each.taken >>= 1;
      each = each.next;
    }
  }

  /**
   * The share that a lane told, which took `n` requests before; null: it contradicts what others
   * told, the weights have changed.
   */
  learn(from: u32, to: u32, total: u32, n: u32): Share | null {
    if (this.total == 0) this.total = total;
    if (this.total != total) return null;
    let share = this.first;
    while (share !== null && (share.from != from || share.to != to)) {
      if (from < share.to && share.from < to) return null;
      share = share.next;
    }
    if (share === null) {
      share = new Share(from, to);
      share.next = this.first;
      this.first = share;
    }
    share.taken += n;
    return share;
  }

  /** Nothing is known any more. */
  forget(): void {
    for (let share = this.first; share !== null;) {
      const next: Share | null = share.next;
      heap.free(changetype<usize>(share));
      share = next;
    }
    this.first = null;
    this.total = 0;
    this.dealt = 0;
    this.steered = true;
  }

  release(): void {
    this.forget();
    heap.free(changetype<usize>(this));
  }
}

/** What `readWeight` read. */
export let weightFrom: u32 = 0;
export let weightTo: u32 = 1;
export let weightTotal: u32 = 1;

/**
 * Reads `from-to/total`, or of `80,20` the part in which `random` lies; anything else, and so no
 * header, is the whole: `0-1/1`.
 */
export function readWeight(p: usize, n: u32, random: u64): void {
  const end = p + n;
  if (n > 0 && (readPart(p, end) || readList(p, end, random))) return;
  weightFrom = 0;
  weightTo = 1;
  weightTotal = 1;
}

function readPart(p: usize, end: usize): bool {
  cursor = p;
  weightFrom = readNumber(end, 0x2d);
  weightTo = readNumber(end, 0x2f);
  weightTotal = readNumber(end, 0);
  return cursor == end && weightFrom < weightTo && weightTo <= weightTotal;
}

function readList(p: usize, end: usize, random: u64): bool {
  const total = sumTo(p, end, u64.MAX_VALUE);
  if (total == 0 || total > <u64>i32.MAX_VALUE) return false;
  weightTotal = <u32>total;
  sumTo(p, end, random % total);
  return true;
}

/**
 * Adds weights up until the sum is above `place`, whose part is in `weightFrom` and `weightTo`
 * then; 0 if they are none.
 */
function sumTo(p: usize, end: usize, place: u64): u64 {
  let sum: u64 = 0;
  cursor = p;
  while (cursor < end && sum <= place) {
    weightFrom = <u32>sum;
    const start = cursor;
    const last = findByte(start, end, 0x2c) == end;
    sum += readNumber(end, last ? 0 : 0x2c);
    if (cursor > end || last != (cursor == end)) return 0;
    weightTo = <u32>sum;
  }
  return sum;
}

let cursor: usize = 0;

/** A decimal number up to 2^31, and the character that must follow (0: nothing). */
function readNumber(end: usize, then: u32): u32 {
  let value: u32 = 0;
  const start = cursor;
  for (; cursor < end; cursor++) {
    const digit = <u32>load<u8>(cursor) - 0x30;
    if (digit > 9 || value > 214_748_363) break;
    value = value * 10 + digit;
  }
  if (cursor == start) cursor = usize.MAX_VALUE;
  else if (then != 0 && cursor < end && load<u8>(cursor) == then) cursor++;
  else if (then != 0) cursor = usize.MAX_VALUE;
  return value;
}
