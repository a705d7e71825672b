/** One connection with its calls in flight, every answer of which is checked. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { frameCutter, frameLength } from "../bench/node/frames.js";
import { FLAG, STATUS } from "../support/dubbo.js";
import { numbers } from "../support/random.js";
import { until } from "../support/wait.js";
import { CLOSED } from "./changes.js";
import {
  callFrame,
  check,
  heartbeatFrame,
  idOf,
  KEYS,
  LARGEST,
  onewayFrame,
  SMALLEST,
  type Call,
} from "./frames.js";
import { REFUSED, type History } from "./history.js";
import type { Tally } from "./tally.js";

/** One in so many. */
const HEARTBEATS = 200;
const ONEWAYS = 20;
/** How long the last answers may take, in milliseconds. */
const PATIENCE = 15_000;

export interface CallerPlan {
  port: number;
  connection: number;
  /** Calls in flight. */
  depth: number;
  seed: number;
  history: History;
  /** Longest time from a change until calls must follow it, in milliseconds. */
  limit: number;
  tally: Tally;
}

interface Waiting extends Call {
  asked: number;
}

export class Caller {
  private readonly waiting = new Map<number, Waiting>();
  private readonly beats = new Set<number>();
  private readonly pick: (below: number) => number;
  private readonly cut = frameCutter();
  private counts = { calls: 0, beats: 0, oneways: 0 };
  /** Frames to send. */
  private next: Buffer[] = [];
  private stopping = false;

  private constructor(
    private readonly plan: CallerPlan,
    private readonly socket: Socket,
  ) {
    this.pick = numbers(plan.seed);
    const { tally, depth } = plan;
    socket.on("data", (chunk: Buffer) => this.receive(chunk));
    socket.on("error", (error) => tally.complain(`a connection broke: ${error.message}`));
    socket.on("close", () => {
      if (!this.stopping) tally.closed++;
    });
    for (let i = 0; i < depth; i++) this.compose();
    this.flush();
  }

  static async start(plan: CallerPlan): Promise<Caller> {
    const socket = connect({ port: plan.port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new Caller(plan, socket);
  }

  /** Sends no more, waits for the last answers, and closes the connection. */
  async finish(): Promise<void> {
    this.stopping = true;
    const { tally } = this.plan;
    const left = () => this.waiting.size + this.beats.size;
    const isDone = () => left() === 0 || this.socket.destroyed;
    await until(isDone, { timeout: PATIENCE }).catch(() => undefined); // told by `lost`
    tally.lost += left();
    for (const { key, asked } of this.waiting.values()) {
      const seconds = ((performance.now() - asked) / 1000).toFixed(1);
      tally.complain(`a call of ${JSON.stringify(KEYS[key])} has no answer after ${seconds} s`);
    }
    this.socket.destroy();
  }

  private receive(chunk: Buffer): void {
    try {
      this.plan.tally.bytes += chunk.length;
      const { bytes, frames } = this.cut(chunk);
      for (const start of frames) this.settle(bytes, start);
      this.flush();
    } catch (error) {
      this.socket.destroy(error as Error);
    }
  }

  private settle(bytes: Buffer, start: number): void {
    const { tally, connection } = this.plan;
    const { connection: from, number } = idOf(bytes, start);
    const isAnswer = (bytes[start + 2]! & FLAG.REQUEST) === 0 && from === connection;
    const isBeat = (bytes[start + 2]! & FLAG.EVENT) !== 0;
    if (isAnswer && isBeat && this.beats.delete(number)) {
      if (bytes[start + 3] === STATUS.OK) tally.heartbeats++;
      else tally.errors++;
      return;
    }
    const call = this.waiting.get(number);
    if (!isAnswer || isBeat || call === undefined) {
      tally.strays++;
      tally.complain(`answers no call in flight: ${bytes.toString("hex", start, start + 16)}`);
      return;
    }
    this.waiting.delete(number);
    this.judge(bytes, start, call);
    if (!this.stopping) this.compose();
  }

  private judge(bytes: Buffer, start: number, call: Waiting): void {
    const { tally, history, limit } = this.plan;
    tally.times.record((performance.now() - call.asked) * 1e6);
    const verdict = check(bytes, start, frameLength(bytes, start), call);
    if (verdict === undefined) {
      tally.crossed++;
      tally.complain(`the answer to call ${call.number} is not its own`);
      return;
    }
    const isRefused = "error" in verdict && verdict.error === CLOSED;
    if ("error" in verdict && !isRefused) {
      tally.errors++;
      tally.complain(`error reply: ${verdict.error}`);
      return;
    }
    tally.answered++;
    if (isRefused) tally.refused++;
    const tag = "tag" in verdict ? verdict.tag : REFUSED;
    const lag = history.lag(call.key, tag, call.asked);
    tally.lag = Math.max(tally.lag, lag);
    if (lag <= limit) return;
    tally.late++;
    const key = JSON.stringify(KEYS[call.key]);
    tally.complain(`${tag} answered ${key} ${Math.round(lag)} ms after it was to answer no more`);
  }

  /** A call, and now and then something else before it. */
  private compose(): void {
    const { connection, tally } = this.plan;
    if (this.pick(HEARTBEATS) === 0) {
      this.beats.add(this.counts.beats);
      this.next.push(heartbeatFrame(connection, this.counts.beats++));
    }
    if (this.pick(ONEWAYS) === 0) {
      const number = this.counts.oneways++;
      this.next.push(onewayFrame({ connection, number, key: -1, size: this.size() }));
      tally.oneways++;
    }
    const number = this.counts.calls++;
    const key = this.pick(KEYS.length);
    const call = { connection, number, key, size: this.size(), asked: performance.now() };
    this.waiting.set(number, call);
    this.next.push(callFrame(call));
  }

  /** As many between 64 and 128 as between 32 K and 64 K. */
  private size(): number {
    const share = this.pick(1 << 16) / (1 << 16);
    return Math.floor(SMALLEST * (LARGEST / SMALLEST) ** share);
  }

  private flush(): void {
    if (this.next.length === 0) return;
    const bytes = Buffer.concat(this.next);
    this.next = [];
    this.plan.tally.bytes += bytes.length;
    this.socket.write(bytes);
  }
}
