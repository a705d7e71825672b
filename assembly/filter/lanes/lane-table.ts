/** The lanes of one client connection: found by stream and by routing key. */
import { Bytes } from "../../bytes/buffer";
import { Table } from "../../bytes/table";
import { Lane } from "./lane";

/** A lane whose last request was oneway may have bytes under way for so long (milliseconds). */
const ONEWAY_GRACE: u64 = 1000;


@unmanaged
export class LaneTable {
  count: u32 = 0;
  first: Lane | null = null;
  /** Stream id → lane. */
  private byStream: Table = new Table();
  /** Hash of the key → lane, for lanes that take requests. */
  private byKey: Table = new Table();

  add(lane: Lane): void {
    lane.next = this.first;
    if (lane.next !== null) lane.next!.previous = lane;
    this.first = lane;
    this.byStream.add(lane.stream, changetype<usize>(lane));
    this.byKey.add(lane.hash, changetype<usize>(lane));
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
  }

  /** The lane gets no more requests; it stays until it is removed. */
  withdraw(lane: Lane): void {
    if (lane.retired) return;
    lane.retired = true;
    this.byKey.remove(lane.hash, changetype<usize>(lane));
  }

  ofStream(stream: u32): Lane | null {
    return changetype<Lane | null>(<usize>this.byStream.get(stream));
  }

  /** The lane that takes requests of this key. */
  ofKey(hash: u64, key: usize, n: usize): Lane | null {
    const lane = changetype<Lane | null>(<usize>this.byKey.get(hash));
    return lane !== null && hasKey(lane.key, key, n) ? lane : null;
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
      const idle = lane.waiting.count == 0 && lane.used + ONEWAY_GRACE <= now;
      if (idle && (oldest === null || lane.used < oldest.used)) oldest = lane;
      lane = lane.next;
    }
    return oldest;
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


@inline
function hasKey(key: Bytes, p: usize, n: usize): bool {
  return key.length == n && memory.compare(key.at, p, n) == 0;
}
