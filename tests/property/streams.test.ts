/** How a stream of bytes is cut into reads and writes must not be seen on the other side. */
import fc from "fast-check";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Connection } from "../host/connection.js";
import { Cutter } from "../host/cutter.js";
import { Hcm } from "../host/hcm.js";
import * as dubbo from "../support/dubbo.js";
import { type CallSpec, callSpec, encodeCall, headersOf, idOf, routed } from "./calls.js";
import { chunks, chunkSizes, property } from "./check.js";
import { lanesRoot, vm } from "./plugin.js";

const calls = fc.array(callSpec, { minLength: 1, maxLength: 30 });
const root = () => lanesRoot({ lanes: { maxRequests: 0, maxAgeSeconds: 0 } });

/** Stands for long bytes, so that a difference can be read. */
function digest(bytes: Buffer): string {
  return `${bytes.length} bytes, sha256 ${createHash("sha256").update(bytes).digest("hex")}`;
}

/** What has to arrive: a lane for each key, in the order of the keys' first requests. */
function expectedLanes(calls: CallSpec[]): { headers: object; bytes: string }[] {
  const lanes = new Map<number, Buffer[]>();
  calls.forEach((call, i) => {
    if (call.kind === "heartbeat") return;
    const frames = lanes.get(call.key) ?? [];
    lanes.set(call.key, frames);
    frames.push(encodeCall(call, i));
  });
  return [...lanes].map(([key, frames]) => ({
    headers: headersOf(key),
    bytes: digest(Buffer.concat(frames)),
  }));
}

function bytesOn(hcm: Hcm): number {
  return hcm.opened.reduce((sum, lane) => sum + lane.bytes().length, 0);
}

property(
  "any cutting of a client's bytes gives the same lanes",
  150,
  fc.record({ calls, sizes: chunkSizes }),
  ({ calls, sizes }) => {
    const hcm = new Hcm({ connectionWindow: 1 << 24, settings: { initialWindow: 1 << 24 } });
    const connection = new Connection(vm(), root(), hcm);
    const bytes = Buffer.concat(calls.map(encodeCall));
    for (const chunk of chunks(bytes, sizes)) connection.receive(chunk);
    // What did not fit the windows of the start goes out when timers ring.
    for (let sent = -1; sent !== bytesOn(hcm);) {
      sent = bytesOn(hcm);
      vm().advance(1);
    }
    const lanes = hcm.opened.map((lane) => ({
      headers: routed(lane),
      bytes: digest(lane.bytes()),
    }));
    assert.deepEqual(lanes, expectedLanes(calls));
    connection.disconnect();
  },
);

/** Which lane sends how much next; the rest follows at the end. */
const pieces = fc.array(fc.record({ lane: fc.nat({ max: 5 }), n: fc.nat({ max: 900 }) }), {
  maxLength: 40,
});

/** The client's bytes if the connection manager's bytes come cut by `sizes`. */
function responses(
  calls: CallSpec[],
  answerSize: number,
  order: { lane: number; n: number }[],
  sizes: number[],
): Buffer {
  const hcm = new Hcm({ connectionWindow: 1 << 24, writes: "manual" });
  const connection = new Connection(vm(), root(), hcm);
  const wire = new Cutter(dubbo.dubboWire);
  const got: Buffer[] = [];
  const flush = (): void => {
    for (let i = 0; hcm.queued > 0; i++) {
      hcm.flush(sizes[i % sizes.length]);
      const bytes = connection.takeWritten();
      wire.push(bytes);
      assert.equal(wire.pending, 0, "the client got a frame that is not whole");
      got.push(bytes);
    }
  };
  // All requests go out, as windows let them (they open in steps of 65,535); then the answers come.
  calls.forEach((call, i) => connection.receive(encodeCall(call, i)));
  const total = calls.reduce((sum, call) => sum + call.size, 0);
  for (let i = 0; i <= 2 + total / 60_000; i++) {
    flush();
    vm().advance(1);
  }
  flush();
  const answers = hcm.opened.map((lane) => {
    const asked = new Cutter(dubbo.dubboWire).push(lane.bytes()).filter(twoWay);
    return Buffer.concat(asked.map((f, i) => dubbo.response(f.id, "r".repeat(answerSize * i))));
  });
  const send = (lane: number, n: number): void => {
    const bytes = answers[lane] ?? Buffer.alloc(0);
    answers[lane] = bytes.subarray(n);
    if (bytes.length > 0) hcm.opened[lane]?.send(bytes.subarray(0, n));
  };
  for (const { lane, n } of order) send(lane % Math.max(1, answers.length), n);
  answers.forEach((_, lane) => send(lane, Infinity));
  flush();
  connection.disconnect();
  return Buffer.concat(got);
}

const twoWay = (f: dubbo.DubboFrame): boolean => (f.flags & dubbo.FLAG.TWO_WAY) !== 0;

property(
  "any cutting of the answers gives the client the same whole frames",
  150,
  fc.record({ calls, answerSize: fc.nat({ max: 3000 }), pieces, sizes: chunkSizes }),
  ({ calls, answerSize, pieces, sizes }) => {
    const once = responses(calls, answerSize, pieces, [Infinity]);
    const cut = responses(calls, answerSize, pieces, sizes);
    assert.equal(cut.toString("hex"), once.toString("hex"));
    const ids = new Cutter(dubbo.dubboWire).push(once).map((f) => f.id);
    const expected = calls.flatMap((c, i) => (c.kind === "oneway" ? [] : [idOf(i)]));
    assert.deepEqual(ids.sort(), expected.sort());
  },
);
