/** The life of one client's connection: a client, the module, and an upstream behind each lane. */
import { CloseKind } from "../host/abi.js";
import { Connection } from "../host/connection.js";
import { Hcm } from "../host/hcm.js";
import { Setting } from "../host/http2.js";
import type { Lane } from "../host/lane.js";
import type { Vm } from "../host/vm.js";
import * as dubbo from "../support/dubbo.js";
import type { Death, Saying, Setup, Step } from "./case.js";
import { answerFrame, requestFrame, Splitter } from "./frames.js";
import { must, Oracle } from "./oracle.js";
import { Upstream } from "./upstream.js";

/** What is done to each object of the host, to spoil it: so the simulator itself is tested. */
export interface Faults {
  vm?(vm: Vm): void;
  hcm?(hcm: Hcm): void;
  connection?(connection: Connection): void;
  upstream?(upstream: Upstream): void;
}

/** So long a drained connection takes what its client sends, at the least (nanoseconds). */
const GRACE = 4_000_000_000n;
/** Windows narrower than this are widened when all comes to its end: else that takes too long. */
const NARROW = 2000;
const WIDE = 1 << 20;
const HEARTBEAT = dubbo.heartbeat(77n);
const READONLY = dubbo.readonlyEvent();
/** An id that no client uses. */
const STRAY = 1000;

export class Life {
  readonly oracle: Oracle;
  readonly hcm: Hcm;
  readonly connection: Connection;
  /** The client has gone, or all has been found in order. */
  over = false;
  /** The client went when it liked: what it did not see may have happened or not. */
  left = false;

  private readonly upstreams: Upstream[] = [];
  private readonly fromFilter: Splitter;
  /** Requests that wait for their upstream's answer; some upstreams may be dead. */
  private readonly pending: number[] = [];
  /** The initial window of lanes. */
  private window: number;
  /** When the HCM said that it takes no more lanes; 0: it has not. */
  private goaway = 0n;

  constructor(
    private readonly vm: Vm,
    root: number,
    number: number,
    readonly setup: Setup,
    private readonly faults: Faults,
  ) {
    const { settings, connectionWindow, windows, writes, halfClose } = setup;
    this.oracle = new Oracle(number, setup);
    this.window = settings?.initialWindow ?? Infinity;
    this.fromFilter = new Splitter((bytes, from, to) => this.oracle.reply(bytes, from, to));
    this.hcm = new Hcm({
      ...(settings && { settings }),
      ...{ connectionWindow, windows, writes, halfClose },
      onLane: (lane) => this.onLane(lane),
    });
    faults.hcm?.(this.hcm);
    this.connection = new Connection(vm, root, this.hcm);
    this.connection.onWritten = (bytes) => {
      must(!this.over, () => "something is written after the end");
      this.fromFilter.push(bytes);
    };
    faults.connection?.(this.connection);
  }

  get closedByFilter(): boolean {
    return this.connection.closedBy === CloseKind.Local;
  }

  /** So many things may have been counted by the filter, or not. */
  get unsure(): number {
    const { calls, late } = this.oracle;
    return this.left ? calls + 1 : Math.max(0, calls - late);
  }

  // --- steps

  take(step: Step): void {
    if (this.over) return;
    switch (step.do) {
      case "send":
        this.send(step.bytes, Infinity);
        break;
      case "sendFrames":
        this.send(Infinity, step.frames);
        break;
      case "answer":
        this.answer(step.pick, step.size, step.pieces, step.cut);
        break;
      case "flush":
        this.hcm.flush(step.bytes);
        break;
      case "wait":
        this.vm.advance(step.ms);
        break;
      case "grant":
        this.grant(step.pick, step.bytes);
        break;
      case "kill":
        this.kill(step.pick, step.how);
        break;
      case "say":
        this.say(step.pick, step.what);
        break;
      case "leave":
        this.leave();
        break;
      case "settle":
        this.settle();
        break;
      default:
        this.manage(step);
    }
  }

  /** The client sends its next bytes, or frames, whichever are fewer. */
  private send(bytes: number, frames: number): void {
    const { oracle, connection } = this;
    if (!connection.open) return;
    const late = this.goaway !== 0n && this.vm.now - this.goaway > GRACE;
    const parts: Buffer[] = [];
    for (; bytes > 0 && frames > 0 && oracle.next < oracle.calls; frames--) {
      const { call } = oracle.requests[oracle.next]!;
      const frame = requestFrame(call, oracle, oracle.next);
      const to = Math.min(frame.length, oracle.offset + bytes);
      parts.push(Buffer.from(frame.subarray(oracle.offset, to)));
      bytes -= to - oracle.offset;
      oracle.offset = to;
      if (to === frame.length) oracle.sent(late);
    }
    if (parts.length === 0) return;
    connection.receive(parts.length === 1 ? parts[0]! : Buffer.concat(parts));
  }

  private answer(pick: number, size: number, pieces?: readonly number[], cut?: number): void {
    const { pending, oracle } = this;
    while (pending.length > 0) {
      const place = pick % pending.length;
      const index = pending[place]!;
      pending[place] = pending[pending.length - 1]!;
      pending.pop();
      const upstream = oracle.requests[index]!.taker!;
      if (upstream.dead) continue;
      upstream.answer(oracle.answer(index, size), pieces, cut);
      this.hcm.flushByItself();
      return;
    }
  }

  private grant(pick: number, bytes: number): void {
    const upstream = this.upstreams[pick % Math.max(1, this.upstreams.length)];
    if (upstream !== undefined) this.hcm.grant(upstream.lane, bytes);
    this.hcm.grantConnection(bytes);
    this.hcm.flushByItself();
  }

  private kill(pick: number, how: Death): void {
    const upstream = this.living(pick);
    if (upstream === undefined) return;
    this.oracle.laneDied(upstream.key);
    upstream.die(how);
    this.hcm.flushByItself();
  }

  private say(pick: number, what: Saying): void {
    const upstream = this.living(pick);
    if (upstream === undefined) return;
    if (what === "heartbeat") upstream.say(HEARTBEAT);
    else if (what === "readonly") upstream.say(READONLY);
    else if (what === "stray") upstream.say(answerFrame(9, this.oracle, STRAY));
    else {
      const { requests } = this.oracle;
      const index = requests.findIndex((r) => r.taker === upstream && r.answerEnd !== 0);
      if (index >= 0) upstream.say(answerFrame(9, this.oracle, index));
    }
    this.hcm.flushByItself();
  }

  /** The `pick`th upstream that lives, or the next one. */
  private living(pick: number): Upstream | undefined {
    const { upstreams } = this;
    for (let i = 0; i < upstreams.length; i++) {
      const upstream = upstreams[(pick + i) % upstreams.length]!;
      if (!upstream.dead) return upstream;
    }
    return undefined;
  }

  /** The HCM says something of its own. */
  private manage(step: Step & { do: "ping" | "window" | "notice" | "goaway" }): void {
    if (!this.hcm.started || !this.connection.open) return;
    if (step.do === "ping") this.hcm.ping();
    else if (step.do === "window") this.resize(step.bytes);
    else if (step.do === "notice" && !this.oracle.draining) {
      this.oracle.draining = true;
      this.hcm.shutdownNotice();
    } else if (step.do === "goaway" && this.goaway === 0n) {
      this.oracle.draining = true;
      this.oracle.goaway = true;
      this.goaway = this.vm.now;
      this.hcm.goaway();
    }
    this.hcm.flushByItself();
  }

  private resize(window: number): void {
    this.window = window;
    this.hcm.sendSettings(new Map([[Setting.InitialWindowSize, window]]));
  }

  private leave(): void {
    this.left = true;
    this.over = true;
    if (this.closedByFilter) this.oracle.checkClosing();
    this.connection.disconnect();
  }

  // --- the end

  /** Goes on until nobody has anything left to do, and looks whether all is well. */
  private settle(): void {
    this.send(Infinity, Infinity);
    if (this.window < NARROW && this.hcm.started && this.connection.open) this.resize(WIDE);
    this.quieten();
    for (let patience = 4; patience > 0 && this.oracle.due > 0; patience--) {
      this.vm.advance(500);
      this.quieten();
    }
    this.oracle.checkFates();
    must(this.fromFilter.pending === 0, () => "the client has the beginning of a frame");
    if (this.connection.open && (this.oracle.noisy || this.oracle.draining)) return;
    if (this.connection.open) {
      this.checkAlive();
      this.connection.disconnect();
    }
    this.end();
  }

  /** Comes back, seconds later, to a connection that the filter had to close. */
  bury(): void {
    if (this.over) return;
    must(!this.connection.open, () => "the filter does not close a connection that is done");
    this.end();
  }

  private end(): void {
    this.over = true;
    if (this.closedByFilter) this.oracle.checkClosing();
    this.oracle.checkGoodbye();
  }

  private quieten(): void {
    const { hcm, vm } = this;
    for (let before = -1; before !== hcm.moved;) {
      before = hcm.moved;
      hcm.flush();
      for (const { lane } of this.upstreams) hcm.grant(lane);
      hcm.grantConnection();
      hcm.flush();
      vm.advance(1);
      hcm.flush();
      while (this.pending.length > 0) this.answer(0, 9);
      for (const upstream of this.upstreams) upstream.finish();
      hcm.flush();
    }
  }

  /** Acknowledgements may go with the next bytes: a last heartbeat takes them along. */
  private checkAlive(): void {
    const { oracle, hcm } = this;
    const acquainted = hcm.started;
    const farewell = requestFrame({ kind: "heartbeat", key: 0, size: 0 }, oracle, oracle.calls);
    oracle.sent(false);
    this.connection.receive(Buffer.from(farewell));
    this.vm.advance(1);
    hcm.flush();
    must(oracle.due === 0, () => "the connection does not live any more");
    const debts = acquainted ? hcm.debts() : [];
    must(debts.length === 0, () => `the HTTP connection manager waits: ${debts.join(", ")}`);
  }

  // --- lanes

  private onLane(lane: Lane): void {
    const key = this.oracle.keys.ofLane(lane);
    if (this.setup.weights !== undefined) tellWeight(lane, this.setup.weights);
    const upstream = new Upstream(lane, key, (bytes, from, to) => {
      const index = this.oracle.request(upstream, bytes, from, to);
      if (index < 0) return;
      upstream.open++;
      if (!this.setup.eager) this.pending.push(index);
      else if (!upstream.dead) upstream.answer(this.oracle.answer(index, 9));
    });
    lane.script = upstream;
    this.upstreams.push(upstream);
    this.faults.upstream?.(upstream);
  }
}

/**
 * What a weighted route of two clusters does: it takes the lane's number or, being 0, its own
 * dice, and tells the share of the cluster.
 */
function tellWeight(lane: Lane, first: number): void {
  const dice = lane.id % 7 < 3;
  const number = Number(BigInt(lane.header("x-argot-random") ?? 0) % 100n);
  const isFirst = first === 0 ? dice : number < first;
  const split = first === 0 ? 50 : first;
  lane.respond(200, { "x-argot-weight": isFirst ? `0-${split}/100` : `${split}-100/100` });
}
