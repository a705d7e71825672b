/** The server behind one lane: it takes requests, and says what it is told to. */
import type { Lane, LaneScript } from "../host/lane.js";
import type { Death } from "./case.js";
import { Splitter } from "./frames.js";
import { must } from "./oracle.js";

const NOISE = Buffer.from("this is no frame of Dubbo");

export class Upstream implements LaneScript {
  /** Requests that have come whole and are not answered. */
  open = 0;
  /** The last request that came. */
  last = -1;
  /** It has said something that is no frame: nothing of it counts any more. */
  private spoiled = false;
  /** The rest of what it has begun to say. */
  private rest: Buffer | null = null;
  private said = 0;
  private readonly splitter: Splitter;

  constructor(
    readonly lane: Lane,
    readonly key: number,
    onFrame: (bytes: Buffer, from: number, to: number) => void,
  ) {
    this.splitter = new Splitter(onFrame);
  }

  onData(bytes: Buffer): void {
    this.splitter.push(bytes);
  }

  onClientClose(): void {
    const done = this.open === 0 || this.lane.over || this.spoiled;
    must(done, () => `lane ${this.lane.id} was ended with ${this.open} requests in flight`);
  }

  /** What it says is not heard any more. */
  get dead(): boolean {
    return this.lane.over || this.lane.clientOver || this.spoiled;
  }

  /** Where in the bytes of this lane ends what it has said. */
  get end(): number {
    return this.said;
  }

  /** Answers one of its requests. */
  answer(bytes: Buffer, pieces?: readonly number[], cut?: number): void {
    this.open--;
    this.say(bytes, pieces, cut);
  }

  /** Says `bytes`, in DATA of these sizes; what is behind `cut` only before the next thing. */
  say(bytes: Buffer, pieces: readonly number[] = [], cut = bytes.length): void {
    this.finish();
    this.said += bytes.length;
    const stop = Math.min(cut, bytes.length);
    let at = 0;
    for (const piece of pieces) {
      const to = Math.min(stop, at + piece);
      if (at < to) this.lane.send(bytes.subarray(at, to));
      at = to;
    }
    if (at < stop) this.lane.send(bytes.subarray(at, stop));
    if (stop < bytes.length) this.rest = Buffer.from(bytes.subarray(stop));
  }

  /** Says the rest of what it has begun. */
  finish(): void {
    const { rest } = this;
    this.rest = null;
    if (rest !== null && !this.dead) this.lane.send(rest);
  }

  die(how: Death): void {
    if (how === "end") this.lane.end();
    else if (how === "reset") this.lane.reset(2);
    else if (how === "refuse") this.lane.reset(7);
    else if (how === "local") this.lane.localReply(503);
    else if (how === "local body") this.lane.localReply(503, "upstream connect error");
    else {
      this.say(NOISE);
      this.spoiled = true;
    }
  }
}
