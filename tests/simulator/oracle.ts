/**
 * What may become of one client's requests: it is held against each frame as that passes, and does
 * not care when frames pass.
 */
import * as dubbo from "../support/dubbo.js";
import { PLUGINS, type Setup } from "./case.js";
import { answerFrame, type Call, HEADER, indexOf, type Owner, requestFrame } from "./frames.js";
import type { LaneKeys } from "./lane-key.js";
import type { Upstream } from "./upstream.js";

/** What was seen is not what had to be. */
export class Wrong extends Error {}

export function must(holds: boolean, what: () => string): asserts holds {
  if (!holds) throw new Wrong(what());
}

/** What the client has got. */
export interface Tally {
  /** Not got, but asked: requests and oneways that the filter has to count in some way. */
  asked: number;
  answers: number;
  errors: number;
  heartbeats: number;
  goodbyes: number;
}

/** What is known of one call. */
interface Request {
  readonly call: Call;
  /** What the client got for it. */
  fate: "open" | "answered" | "failed";
  /** Who got it whole. */
  taker: Upstream | null;
  /** Where its answer ends in what the taker says, 0: it has none; and its size. */
  answerEnd: number;
  answerSize: number;
}

const READONLY = dubbo.readonlyEvent();
const FAREWELL: Call = { kind: "heartbeat", key: 0, size: 0 };

export class Oracle implements Owner {
  readonly idHigh: number;
  readonly idLow: number;
  readonly tally: Tally = { asked: 0, answers: 0, errors: 0, heartbeats: 0, goodbyes: 0 };
  /** One for each call, and the farewell. */
  readonly requests: Request[];
  /** The call that the client is sending, and how much of it is out. */
  next = 0;
  offset = 0;
  /** Calls sent whole that have to be answered and are not. */
  due = 0;
  /** The HCM has announced that the listener drains. */
  draining = false;
  /** The HCM has announced that it takes no more lanes. */
  goaway = false;
  /** The first call that was sent when the client should have been gone long since. */
  late = Infinity;
  /** Calls before this one count: noise ends what a client has to say. */
  private readonly counting: number;
  /** Requests may be refused for want of lanes. */
  private readonly limited: boolean;
  readonly keys: LaneKeys;
  /** Bits of the keys of which a lane has died. */
  private deadKeys = 0;

  constructor(
    readonly life: number,
    { calls, idHigh, idLow, plugin, settings }: Setup,
  ) {
    this.idHigh = idHigh;
    this.idLow = idLow;
    this.requests = [...calls, FAREWELL].map((call) => {
      return { call, fate: "open", taker: null, answerEnd: 0, answerSize: 0 };
    });
    const end = calls.findIndex(({ kind }) => kind === "noise" || kind === "too long");
    this.counting = end < 0 ? calls.length : end + 1;
    this.keys = PLUGINS[plugin]!.keys;
    this.limited = PLUGINS[plugin]!.limited || settings?.maxConcurrentStreams !== undefined;
  }

  /** Calls, without the farewell. */
  get calls(): number {
    return this.requests.length - 1;
  }

  /** The client has begun to say what is no frame. */
  get noisy(): boolean {
    const place = this.counting - 1;
    const kind = this.requests[place]?.call.kind;
    if (kind !== "noise" && kind !== "too long") return false;
    return place < this.next || (place === this.next && this.offset > 0);
  }

  // --- what happens

  /** The client has sent the rest of its next call; `late`: long after it was told to go. */
  sent(late: boolean): void {
    const index = this.next++;
    this.offset = 0;
    if (index >= this.counting && index < this.calls) return;
    if (late) this.late = Math.min(this.late, index);
    if (index >= this.late) return;
    const { call, fate } = this.requests[index]!;
    const { kind } = call;
    if (kind !== "heartbeat" && kind !== "response" && kind !== "noise") this.tally.asked++;
    const silent = kind === "oneway" || kind === "response" || kind === "noise";
    if (!silent && fate === "open") this.due++;
  }

  /** A lane of this key has died; whoever waits on it may get an error. */
  laneDied(key: number): void {
    this.deadKeys |= 1 << key;
  }

  /** The upstream begins to answer. @returns the answer, valid until the next one is made */
  answer(index: number, size: number): Buffer {
    const request = this.requests[index]!;
    const bytes = answerFrame(size, this, index);
    request.answerSize = size;
    request.answerEnd = request.taker!.end + bytes.length;
    return bytes;
  }

  // --- what passes

  /** An upstream gets a frame. @returns the call's index if it has to be answered, else -1 */
  request(upstream: Upstream, bytes: Buffer, from: number, to: number): number {
    if ((bytes[from + 2]! & dubbo.FLAG.REQUEST) === 0) {
      must((bytes[from + 2]! & dubbo.FLAG.EVENT) !== 0, () => "an upstream got an answer");
      return -1; // to its heartbeat
    }
    const index = indexOf(bytes, from, this);
    must(index < this.calls, () => `an upstream got a foreign request ${show(bytes, from)}`);
    const request = this.requests[index]!;
    const { kind, key } = request.call;
    must(kind === "call" || kind === "oneway", () => `${this.name(index)} went to an upstream`);
    const sent = requestFrame(request.call, this, index);
    must(sent.compare(bytes, from, to) === 0, () => {
      return `${this.name(index)} changed: ${show(bytes, from)}`;
    });
    must(
      this.keys.of(key) === upstream.key,
      () => `${this.name(index)} is on a lane of another key`,
    );
    must(request.taker === null, () => `${this.name(index)} was sent twice`);
    must(upstream.last < index, () => `${this.name(index)} was overtaken`);
    request.taker = upstream;
    upstream.last = index;
    return kind === "call" ? index : -1;
  }

  /** The client gets a frame. */
  reply(bytes: Buffer, from: number, to: number): void {
    if ((bytes[from + 2]! & dubbo.FLAG.REQUEST) !== 0) {
      must(READONLY.compare(bytes, from, to) === 0, () => `the client got ${show(bytes, from)}`);
      must(this.draining && ++this.tally.goodbyes === 1, () => "the client was told to go");
      return;
    }
    const index = indexOf(bytes, from, this);
    const request = this.requests[index];
    must(request !== undefined, () => `an answer with a foreign id: ${show(bytes, from)}`);
    const begun = index < this.next || (index === this.next && this.offset >= HEADER);
    must(begun, () => `${this.name(index)} was answered before it was sent`);
    must(request.fate === "open", () => `${this.name(index)} has a second answer`);
    if (index < Math.min(this.next, this.late)) this.due--;
    const ok = bytes[from + 3] === dubbo.STATUS.OK;
    request.fate = ok ? "answered" : "failed";
    if (request.call.kind === "heartbeat") this.heartbeat(index, bytes, from, to);
    else if (ok) this.answered(index, bytes, from, to);
    else this.failed(index);
  }

  private heartbeat(index: number, bytes: Buffer, from: number, to: number): void {
    this.tally.heartbeats++;
    const expected = dubbo.heartbeatAnswer(0n);
    requestFrame(FAREWELL, this, index).copy(expected, 4, 4, 12);
    must(expected.compare(bytes, from, to) === 0, () => {
      return `${this.name(index)} was answered by ${show(bytes, from)}`;
    });
  }

  private answered(index: number, bytes: Buffer, from: number, to: number): void {
    this.tally.answers++;
    const request = this.requests[index]!;
    must(isSaid(request), () => `${this.name(index)} has an answer that nobody gave`);
    const own = answerFrame(request.answerSize, this, index);
    must(own.compare(bytes, from, to) === 0, () => {
      return `${this.name(index)} has another's answer: ${show(bytes, from)}`;
    });
  }

  private failed(index: number): void {
    this.tally.errors++;
    const { kind, key } = this.requests[index]!.call;
    if (kind === "unreadable" || kind === "too long") return;
    must(kind === "call", () => `${this.name(index)} got an error`);
    const excused = (this.deadKeys & (1 << this.keys.of(key))) !== 0 || this.limited || this.goaway;
    must(excused, () => `${this.name(index)} got an error without a reason`);
  }

  // --- the end

  /** When all is quiet, and nothing that was sent in time is without its answer. */
  checkFates(): void {
    const sent = Math.min(this.counting, this.next, this.late);
    for (let index = 0; index < sent; index++) {
      const request = this.requests[index]!;
      const { kind } = request.call;
      if (kind === "oneway" || kind === "response" || kind === "noise") continue;
      must(request.fate !== "open", () => `${this.name(index)} has no answer`);
      const cheated = kind === "call" && isSaid(request) && request.fate === "failed";
      must(!cheated, () => `${this.name(index)} got an error in place of its answer`);
    }
  }

  /** The filter has closed the connection: only what is done, and what it had taken is answered. */
  checkClosing(): void {
    must(this.draining || this.noisy, () => "the filter closed the connection");
    must(this.due === 0, () => `the filter closed with ${this.due} requests unanswered`);
    const begun = this.requests[this.next]!.call.kind === "too long" && this.offset >= HEADER;
    if (begun) this.tally.asked++; // and refused, for its head
  }

  checkGoodbye(): void {
    const told = this.tally.goodbyes === 1 || this.noisy;
    must(!this.draining || told, () => "the client was not told that the listener drains");
  }

  private name(index: number): string {
    return `request ${index} (${this.requests[index]?.call.kind})`;
  }
}

/** All of its answer has gone out. */
function isSaid({ answerEnd, taker }: Request): boolean {
  return answerEnd > 0 && taker !== null && taker.lane.sent >= answerEnd;
}

function show(bytes: Buffer, at: number): string {
  return bytes.toString("hex", at, at + 64);
}
