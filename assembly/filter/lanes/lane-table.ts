/** The lanes of one client connection: found by stream and by routing key. */
import { Table } from "../../bytes/table";
import { sameBytes } from "../../bytes/same";
import { Lane, LaneGroup } from "./lane";

/** A lane whose last request was oneway may have bytes under way for so long (milliseconds). */
const ONEWAY_GRACE: u64 = 1000;


@unmanaged
export class LaneTable {
  count: u32 = 0;
  first: Lane | null = null;
  /** The groups of the last request and of the last one before it with another key. */
  recent: LaneGroup | null = null;
  recentBefore: LaneGroup | null = null;
  /** Stream id → lane. */
  private byStream: Table = new Table();
  /** Hash of the key → group, for keys with lanes that take requests. */
  private byKey: Table = new Table();

  /** A group for a key that has none; it is freed when its last lane takes no more requests. */
  newGroup(hash: u64, key: usize, n: usize): LaneGroup {
    const group = new LaneGroup();
    group.hash = hash;
    group.key.append(key, n);
    this.byKey.add(hash, changetype<usize>(group));
    return group;
  }

  add(lane: Lane, group: LaneGroup): void {
    lane.next = this.first;
    if (lane.next !== null) lane.next!.previous = lane;
    this.first = lane;
    this.byStream.add(lane.stream, changetype<usize>(lane));
    group.add(lane);
    this.count++;
  }

  /** Takes the lane out and frees it. */
  remove(lane: Lane): void {
    this.withdraw(lane);
    this.byStream.take(lane.stream);
    if (lane.previous !== null) lane.previous!.next = lane.next;
    else this.first = lane.next;
    if (lane.next !== null) lane.next!.previous = lane.previous;
    this.count--;
    lane.release();
    // A connection that idles gives back what its most lanes needed.
    if (this.count == 0) this.byStream.release();
    if (this.byKey.count == 0) this.byKey.release();
  }

  /** The lane gets no more requests; it stays until it is removed. */
  withdraw(lane: Lane): void {
    const group = lane.group;
    if (group === null) return;
    group.remove(lane);
    if (group.count > 0 || group.kept) return;
    if (this.recent === group) this.recent = null;
    if (this.recentBefore === group) this.recentBefore = null;
    this.byKey.remove(group.hash, changetype<usize>(group));
    group.release();
  }

  ofStream(stream: u32): Lane | null {
    return changetype<Lane | null>(<usize>this.byStream.get(stream));
  }

  /** The group of this key. Keys whose hashes are the same share one place: one has the group. */
  ofKey(hash: u64, key: usize, n: usize): LaneGroup | null {
    const group = changetype<LaneGroup | null>(<usize>this.byKey.get(hash));
    if (group === null || group.key.length != n || !sameBytes(group.key.at, key, n)) return null;
    return group;
  }

  /** Remembers the group of the request at hand. */
  use(group: LaneGroup): void {
    if (this.recent === group) return;
    this.recentBefore = this.recent;
    this.recent = group;
  }

  /** The HCM changed its initial window: so do the windows of all lanes (RFC 9113, 6.9.2). */
  widen(change: i64): void {
    let lane: Lane | null = this.first;
    while (lane !== null) {
      lane.window += change;
      lane = lane.next;
    }
  }

  /** The lane that was idle longest and can be given up at once; null if all are in use. */
  oldestIdle(now: u64): Lane | null {
    let oldest: Lane | null = null;
    let lane: Lane | null = this.first;
    while (lane !== null) {
      if (isIdle(lane, now) && (oldest === null || lane.used < oldest.used)) oldest = lane;
      lane = lane.next;
    }
    return oldest;
  }

  /** How many lanes `oldestIdle` finds, one after the other. */
  countIdle(now: u64): u32 {
    let count: u32 = 0;
    let lane: Lane | null = this.first;
    while (lane !== null) {
      if (isIdle(lane, now)) count++;
      lane = lane.next;
    }
    return count;
  }

  release(): void {
    while (this.first !== null) this.remove(this.first!);
    this.byStream.release();
    this.byKey.release();
    heap.free(changetype<usize>(this.byStream));
    heap.free(changetype<usize>(this.byKey));
    heap.free(changetype<usize>(this));
  }
}

/** Nothing of the lane is under way. */
function isIdle(lane: Lane, now: u64): bool {
  return lane.isIdle && lane.used + ONEWAY_GRACE <= now;
}
