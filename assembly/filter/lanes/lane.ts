/**
 * A lane: one HTTP/2 stream towards the HCM, and so one route decision and one upstream
 * connection, for requests of one routing key. The lanes of one key are a group.
 */
import { Bytes } from "../../bytes/buffer";
import { Queue } from "../../bytes/queue";
import { Table } from "../../bytes/table";
import { DEFAULT_WINDOW } from "../../http2/frame";
import { STRIDE } from "../draws";
import { Memo } from "./memo";
import { Share, Shares } from "./shares";

/** An answer that came sooner changes what is known by an eighth of the difference. */
const LATENCY_SHIFT: u32 = 3;
/** What is known of a server's time is halved every 2^11 milliseconds without an answer. */
const HALF_LIFE_SHIFT: u32 = 11;
/** Most requests of one read that go to the same lane. */
const RUN: u32 = 128;
/** So many requests in a row go to one of several lanes with equal loads. */
const STINT: u32 = 256;


@unmanaged
export class Lane {
  stream: u32 = 0;
  /** The lanes that it shares its key's requests with; null: it takes no more requests. */
  group: LaneGroup | null = null;

  /** Its cluster's share of the key's requests, told or asked for; null: not known yet. */
  share: Share | null = null;
  /** What it asked Envoy to look up in the weights, and what it took before it told its share. */
  random: u64 = 0;
  takenUntold: u32 = 0;

  /** How many bytes the HCM still takes. */
  window: i64 = DEFAULT_WINDOW;
  /** Bytes received since the HCM was told so. */
  received: u32 = 0;
  /** `:status` of the lane's response; 0: none yet. Not 200: a local reply of the HCM. */
  status: u32 = 0;

  /** Requests that have no answer yet: request id → when it came << 32 | reply context + 1. */
  waiting: Table = new Table();
  /** When the latest request came that has its answer (`Plugin.microseconds`). */
  answered: u32 = 0;
  /** Streams that are open on it. */
  streams: u32 = 0;
  /** Of a protocol without request ids: their numbers, the oldest first. */
  numbers: Queue | null = null;
  /** Start of a response (or of a local reply's text) whose rest has not arrived. */
  partial: Bytes = new Bytes();

  /** The client has got a part of its long response. */
  answering: bool = false;
  /** Bytes to come of a long response that nobody waits for. */
  unwanted: u32 = 0;

  /** How long its server takes to answer, in microseconds, and when that was known. */
  private latency: u32 = 0;
  private latencyAt: u64 = 0;
  /** The read of the client's bytes with which its last stint began, and when that is over. */
  turn: u32 = 0;
  private stintEnd: u32 = 0;
  /** Requests taken so far. */
  requests: u32 = 0;
  /** With so many requests, or from then on, it takes no more. */
  mostRequests: u32 = u32.MAX_VALUE;
  expires: u64 = u64.MAX_VALUE;
  /** When it was used last. Times are milliseconds of the plugin's clock. */
  used: u64 = 0;
  /** Answers to the server's heartbeats that wait for the next injection. */
  replies: Bytes = new Bytes();
  /** A part of a long request has been sent, and the rest must follow before anything else. */
  unfinished: bool = false;
  /** END_STREAM has been sent. */
  ended: bool = false;
  /** END_STREAM has been received: there are no more answers. */
  over: bool = false;

  /** Neighbours in its group, and in the session's list. */
  nextInGroup: Lane | null = null;
  previousInGroup: Lane | null = null;
  next: Lane | null = null;
  previous: Lane | null = null;


  @inline
  get retired(): bool {
    return this.group === null;
  }

  /** A request was answered after so many microseconds; `now` is the plugin's clock. */
  sample(microseconds: u32, now: u64): void {
    const known = this.latencyNow(now);
    // Up at once, down by and by.
    this.latency =
      microseconds > known ? microseconds : known - ((known - microseconds) >> LATENCY_SHIFT);
    this.latencyAt = now;
  }

  /** Among lanes with equal loads the one in its stint goes on: changing costs warm caches. */
  @inline
  get inStint(): bool {
    return this.requests < this.stintEnd;
  }
  beginStint(turn: u32): void {
    this.turn = turn;
    this.stintEnd = this.requests + STINT;
  }

  /** What is known fades: a lane that is avoided as slow is tried again some time. */
  @inline
  private latencyNow(now: u64): u32 {
    const halvings = (now - this.latencyAt) >> HALF_LIFE_SHIFT;
    return halvings > 31 ? 0 : this.latency >> (<u32>halvings);
  }

  /**
   * What one more request would have to wait for: requests in flight, those before a server that
   * takes more than a millisecond count double for each doubling of its time. Servers whose
   * times differ by less are equals, or all would follow the one that was fastest by chance.
   */
  load(now: u64): u64 {
    return (<u64>(this.waiting.count + this.streams + 1)) << this.level(now);
  }

  /** How often its server's time doubles from a millisecond on. */
  private level(now: u64): u32 {
    return 32 - clz(this.latencyNow(now) >> 10);
  }

  /**
   * So many requests of one read of the client's bytes may go to it before the next lane is looked
   * for. Each change of lane costs a DATA frame, which tells where servers answer at once; where
   * they take their time, it is better not to wait for the same one. What is not known gets one.
   */
  longestRun(now: u64): u32 {
    return this.latencyAt == 0 ? 1 : max<u32>(1, RUN >> min<u32>(31, 2 * this.level(now)));
  }

  /** Nothing of a request or a response is under way; of oneway requests that is not known. */
  get isIdle(): bool {
    return this.waiting.count + this.streams == 0 && !this.unfinished && !this.answering;
  }

  release(): void {
    this.waiting.release();
    if (this.numbers !== null) this.numbers!.release();
    this.partial.release();
    this.replies.release();
    heap.free(changetype<usize>(this.waiting));
    heap.free(changetype<usize>(this.partial));
    heap.free(changetype<usize>(this.replies));
    heap.free(changetype<usize>(this));
  }
}

/** The lanes that share the requests of one routing key, and what is known of the key. */
@unmanaged
export class LaneGroup {
  /** The routing key: values in the order of `routeOn`, and its hash. */
  key: Bytes = new Bytes();
  hash: u64 = 0;
  memo: Memo = new Memo();
  shares: Shares = new Shares();
  /** By which the next run finds its share: a step of the walk for each run. */
  number: u64 = 0;
  /** Lanes that take requests, the newest first. */
  first: Lane | null = null;
  count: u32 = 0;
  /** Not to be freed with its last lane: another one is about to be opened. */
  kept: bool = false;
  /** The lane that took the last request, in which read of the client's bytes, and how many. */
  current: Lane | null = null;
  turn: u32 = 0;
  taken: u32 = 0;
  /** So many requests of this read may go to it. */
  run: u32 = 0;
  /** The lane that was picked last. */
  last: Lane | null = null;

  add(lane: Lane): void {
    lane.group = this;
    lane.nextInGroup = this.first;
    if (this.first !== null) this.first!.previousInGroup = lane;
    this.first = lane;
    this.count++;
  }

  /** The lane takes the first of the requests that this read has for it. */
  begin(lane: Lane, turn: u32, now: u64): void {
    this.endRun();
    this.number += STRIDE;
    this.current = lane;
    if (this.last !== lane || !lane.inStint) lane.beginStint(turn);
    this.last = lane;
    this.turn = turn;
    this.run = lane.longestRun(now);
    this.taken = 1;
  }

  /** Counts what the current lane took; it has no further claim to the next request. */
  endRun(): void {
    const lane = this.current;
    if (lane === null) return;
    this.current = null;
    if (lane.share === null) lane.takenUntold += this.taken;
    this.shares.count(lane.share, this.taken);
  }

  /** The lane takes no more requests of this key. */
  remove(lane: Lane): void {
    if (this.current === lane) this.endRun();
    if (this.last === lane) this.last = null;
    const previous = lane.previousInGroup;
    const next = lane.nextInGroup;
    if (previous !== null) previous.nextInGroup = next;
    else this.first = next;
    if (next !== null) next.previousInGroup = previous;
    lane.group = null;
    lane.share = null;
    lane.nextInGroup = null;
    lane.previousInGroup = null;
    this.count--;
  }

  release(): void {
    this.memo.release();
    this.shares.release();
    this.key.release();
    heap.free(changetype<usize>(this.key));
    heap.free(changetype<usize>(this));
  }
}
