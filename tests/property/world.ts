/**
 * A client, the module, and an upstream behind each lane, moved step by step. It watches all that
 * goes by, and knows for each request which answer the client must get.
 */
import assert from "node:assert/strict";
import { Connection } from "../host/connection.js";
import { Cutter } from "../host/cutter.js";
import { Hcm, type HcmOptions } from "../host/hcm.js";
import { Setting } from "../host/http2.js";
import type { Lane } from "../host/lane.js";
import type { Vm } from "../host/vm.js";
import * as dubbo from "../support/dubbo.js";
import { type CallSpec, encodeCall, headersOf, idOf, routed, ROUTE_ON } from "./calls.js";

/** A request that an upstream has got whole. */
interface Received {
  readonly index: number;
  readonly lane: Lane;
  /** Its answer, and where the answer ends in the lane's response bytes. */
  answer: { bytes: Buffer; end: number } | null;
}

interface Upstream {
  readonly lane: Lane;
  readonly cutter: Cutter<dubbo.DubboFrame>;
  /** Bytes handed to the lane as its response. */
  sent: number;
}

export class World {
  readonly hcm: Hcm;
  readonly connection: Connection;
  /** What the client got, by request id; events of a server's own that came through. */
  readonly replies = new Map<bigint, dubbo.DubboFrame[]>();
  readonly received = new Map<number, Received>();
  /** How often the client was told to go elsewhere. */
  goodbyes = 0;
  private takesLanes = true;
  private readonly upstreams: Upstream[] = [];
  private readonly frames: Buffer[];
  private readonly toSend: Buffer;
  private readonly indexes = new Map<bigint, number>();
  private readonly fromServer = new Cutter(dubbo.dubboWire);
  private sent = 0;

  constructor(
    private readonly vm: Vm,
    root: number,
    private readonly calls: readonly CallSpec[],
    options: HcmOptions,
    private readonly routeOn = ROUTE_ON,
    /** Answers may be so long that the client gets them in parts. */
    private readonly longAnswers = false,
  ) {
    this.hcm = new Hcm({ ...options, onLane: (lane) => this.onLane(lane) });
    this.connection = new Connection(vm, root, this.hcm);
    this.frames = calls.map(encodeCall);
    this.toSend = Buffer.concat(this.frames);
    calls.forEach((_, i) => this.indexes.set(idOf(i), i));
  }

  // --- steps

  /** The client sends its next `n` bytes. */
  clientSends(n: number): void {
    if (!this.connection.open) return;
    const bytes = this.toSend.subarray(this.sent, this.sent + n);
    this.sent += bytes.length;
    if (bytes.length > 0) this.connection.receive(bytes);
    this.look();
  }

  /** Requests that wait for an upstream's answer. */
  get pending(): Received[] {
    return [...this.received.values()].filter(
      (r) => r.answer === null && !r.lane.over && this.calls[r.index]?.kind === "call",
    );
  }

  /** The upstream of the `pick`th pending request answers it, in DATA frames of these sizes. */
  answer(pick: number, size: number, sizes: readonly number[] = []): void {
    const pending = this.pending;
    const r = pending[pick % Math.max(1, pending.length)];
    if (r === undefined) return;
    const bytes = dubbo.response(idOf(r.index), `${r.index}:${"r".repeat(size)}`);
    this.respond(r.lane, bytes, sizes);
    r.answer = { bytes, end: this.upstreamOf(r.lane)?.sent ?? 0 };
    this.look();
  }

  /** The `pick`th live lane's upstream sends something that answers no request. */
  serverSends(pick: number, what: "heartbeat" | "readonly" | "stray"): void {
    const lane = this.liveLane(pick);
    if (lane === undefined) return;
    const bytes = {
      heartbeat: () => dubbo.heartbeat(77n),
      readonly: () => dubbo.readonlyEvent(),
      stray: () => dubbo.response(0x1234_5678_0000n, "nobody asked"),
    }[what]();
    this.respond(lane, bytes, []);
    this.look();
  }

  /** The connection manager pings, or changes the initial window of all lanes. */
  managerSends(what: "ping" | number): void {
    if (!this.hcm.started) return;
    if (what === "ping") this.hcm.ping();
    else this.hcm.sendSettings(new Map([[Setting.InitialWindowSize, what]]));
    this.hcm.flushByItself();
    this.look();
  }

  /** The listener begins to drain: Envoy says so, and goes on taking lanes for a while. */
  notice(): void {
    this.hcm.shutdownNotice();
    this.hcm.flushByItself();
    this.look();
  }

  /** That while is over; no lane may be opened once the module knows. */
  goaway(): void {
    this.takesLanes = false;
    this.hcm.goaway();
    this.hcm.flushByItself();
    this.look();
  }

  /** The `pick`th live lane dies. */
  kill(pick: number, how: "end" | "reset" | "refuse" | "local" | "local body"): void {
    const lane = this.liveLane(pick);
    if (lane === undefined) return;
    if (how === "end") lane.end();
    else if (how === "reset") lane.reset(2);
    else if (how === "refuse") lane.reset(7);
    else lane.localReply(503, how === "local" ? "" : "upstream connect error");
    this.hcm.flushByItself();
    this.look();
  }

  /** Gives back some of the `pick`th lane's window, and of the connection's. */
  grant(pick: number, n: number): void {
    const lane = this.liveLane(pick);
    if (lane !== undefined) this.hcm.grant(lane, n);
    this.hcm.grantConnection(n);
    this.hcm.flushByItself();
    this.look();
  }

  flush(n: number): void {
    this.hcm.flush(n);
    this.look();
  }

  /** Time passes, and timers ring. */
  wait(milliseconds: number): void {
    this.vm.advance(milliseconds);
    this.look();
  }

  /** Goes on until nobody has anything left to do. */
  finish(): void {
    this.clientSends(Infinity);
    for (let before = ""; before !== this.state();) {
      before = this.state();
      this.hcm.flush();
      for (const lane of this.hcm.opened) this.hcm.grant(lane);
      this.hcm.grantConnection();
      this.hcm.flush();
      this.wait(1);
      this.hcm.flush();
      this.look();
      while (this.pending.length > 0) this.answer(0, 3);
    }
  }

  // --- checks

  /** Every request got exactly what it had to get; call it after `finish`. */
  check(): void {
    this.checkWhole();
    assert.ok(this.connection.open, "the connection was closed");
    assert.equal(this.goodbyes, 0, "the client was told to go");
    this.checkReplies();
    // Acknowledgements may go with the next bytes: a last heartbeat takes them along.
    const last = idOf(this.calls.length);
    this.connection.receive(dubbo.heartbeat(last));
    this.wait(1);
    this.hcm.flush();
    this.look();
    assert.equal(this.replies.get(last)?.length, 1, "the connection does not live any more");
    assert.deepEqual(this.hcm.debts(), [], "the HTTP connection manager waits for the module");
  }

  /** The requests that the client could send whole have what they had to get. */
  checkReplies(): void {
    let end = 0;
    this.calls.forEach((call, i) => {
      end += this.frames[i]?.length ?? 0;
      if (end > this.sent) return;
      const replies = this.replies.get(idOf(i)) ?? [];
      const name = `request ${i} (${call.kind})`;
      if (call.kind === "oneway") {
        assert.equal(replies.length, 0, `${name} was answered`);
        return;
      }
      assert.equal(replies.length, 1, `${name} has ${replies.length} answers`);
      const [reply] = replies;
      if (call.kind === "heartbeat") {
        assert.ok(reply && dubbo.isEvent(reply) && reply.status === 20, `${name}: no event`);
        return;
      }
      const received = this.received.get(i);
      const own = received?.answer;
      if (own && own.end <= received.lane.sent) {
        assert.ok(
          reply?.bytes.equals(own.bytes),
          `${name}: not its own response but ${show(reply)}`,
        );
      } else {
        assert.notEqual(
          reply?.status,
          dubbo.STATUS.OK,
          `${name}: ${show(reply)} instead of an error`,
        );
      }
    });
    for (const id of this.replies.keys()) {
      assert.ok(this.indexes.has(id), `an answer with the foreign id ${id}`);
    }
  }

  /** Reads what the client has got. */
  look(): void {
    for (const frame of this.fromServer.push(this.connection.takeWritten())) {
      if (frame.bytes.equals(dubbo.readonlyEvent())) {
        this.goodbyes++;
        continue;
      }
      assert.ok(!dubbo.isRequest(frame), `the client got a request: ${show(frame)}`);
      const refused = this.takesLanes && frame.body.includes("draining");
      assert.ok(
        !refused,
        `request ${this.indexes.get(frame.id)} was refused before the final GOAWAY`,
      );
      this.replies.set(frame.id, [...(this.replies.get(frame.id) ?? []), frame]);
    }
    if (!this.longAnswers) this.checkWhole();
  }

  /** The client has no part of a frame. */
  private checkWhole(): void {
    assert.equal(this.fromServer.pending, 0, "the client got a frame that is not whole");
  }

  // --- inside

  private onLane(lane: Lane): void {
    const upstream = { lane, cutter: new Cutter(dubbo.dubboWire), sent: 0 };
    this.upstreams.push(upstream);
    lane.script = { onData: (bytes) => this.onRequests(upstream, bytes) };
  }

  private onRequests({ lane, cutter }: Upstream, bytes: Buffer): void {
    for (const frame of cutter.push(bytes)) {
      if (!dubbo.isRequest(frame)) continue; // the answer to a heartbeat of the upstream
      const index = this.indexes.get(frame.id);
      const call = index === undefined ? undefined : this.calls[index];
      assert.ok(index !== undefined && call, `an upstream got ${show(frame)}`);
      assert.ok(frame.bytes.equals(this.frames[index] ?? frame.bytes), `request ${index} changed`);
      assert.ok(!this.received.has(index), `request ${index} was sent twice`);
      assert.notEqual(call.kind, "heartbeat", "a client's heartbeat went to an upstream");
      assert.deepEqual(
        routed(lane),
        headersOf(call.key, this.routeOn),
        `request ${index} is on a lane of another key`,
      );
      const last = [...this.received.values()].filter((r) => r.lane === lane).at(-1);
      assert.ok(!last || last.index < index, `request ${index} was overtaken`);
      this.received.set(index, { index, lane, answer: null });
    }
  }

  private respond(lane: Lane, bytes: Buffer, sizes: readonly number[]): void {
    const upstream = this.upstreamOf(lane);
    if (upstream === undefined || lane.over) return;
    upstream.sent += bytes.length;
    for (let at = 0, i = 0; at < bytes.length; i++) {
      const n = Math.max(1, sizes[i] ?? bytes.length);
      lane.send(bytes.subarray(at, at + n));
      at += n;
    }
    this.hcm.flushByItself();
  }

  private upstreamOf(lane: Lane): Upstream | undefined {
    return this.upstreams.find((u) => u.lane === lane);
  }

  private liveLane(pick: number): Lane | undefined {
    const live = this.hcm.opened.filter((l) => !l.over && !l.clientOver);
    return live[pick % Math.max(1, live.length)];
  }

  /** Changes as long as anything moves. */
  private state(): string {
    const lanes = this.hcm.opened.map((l) => [l.sent, l.owed, l.received.length, l.blocked]);
    return JSON.stringify([this.hcm.queued, this.replies.size, this.received.size, lanes]);
  }
}

function show(frame: dubbo.DubboFrame | undefined): string {
  return frame === undefined ? "nothing" : frame.bytes.toString("hex", 0, 64);
}
