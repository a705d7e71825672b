/**
 * Whatever one connection says, from either side: the module never traps, speaks HTTP/2 properly,
 * answers what it had accepted, and serves all other connections.
 */
import fc from "fast-check";
import assert from "node:assert/strict";
import { after } from "node:test";
import { CloseKind } from "../host/abi.js";
import { Connection } from "../host/connection.js";
import { Cutter } from "../host/cutter.js";
import { Hcm, type HcmOptions } from "../host/hcm.js";
import { frame } from "../host/http2.js";
import * as dubbo from "../support/dubbo.js";
import { callSpec, encodeCall, idOf } from "./calls.js";
import { chunks, chunkSizes, property } from "./check.js";
import { mutate, mutation, recorded } from "./fixtures.js";
import { lanesRoot, vm } from "./plugin.js";

const MAX_FRAME = 65_536;
const root = () => lanesRoot({ maxFrameBytes: MAX_FRAME, lanes: { maxAgeSeconds: 0 } });
const replies = (bytes: Buffer) => new Cutter(dubbo.dubboWire).push(bytes);

/** An HCM whose lanes answer whatever they get by `answer`, whole request by whole request. */
function answering(answer: (f: dubbo.DubboFrame) => Buffer, options: HcmOptions = {}): Hcm {
  return new Hcm({
    connectionWindow: 1 << 24,
    ...options,
    onLane(lane) {
      const cutter = new Cutter(dubbo.dubboWire);
      lane.script.onData = (bytes) => {
        for (const f of cutter.push(bytes)) lane.send(answer(f));
      };
    },
  });
}
const echo = (f: dubbo.DubboFrame): Buffer => dubbo.response(f.id, "ok");

/** A connection that lives through all properties, and is asked after each. */
let healthy: Connection | undefined;
let asked = 0n;
function stillServes(): void {
  healthy ??= new Connection(vm(), root(), answering(echo));
  const id = asked++;
  healthy.receive(dubbo.request({ id }));
  const [reply, ...more] = replies(healthy.takeWritten());
  assert.equal(more.length, 0);
  assert.ok(reply && reply.id === id && reply.status === dubbo.STATUS.OK, "others are not served");
}
after(() => healthy?.disconnect());

const spoiled = (frames: number) =>
  fc.array(
    fc.record({
      frame: fc.nat({ max: frames - 1 }),
      mutations: fc.array(mutation, { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 6 },
  );
type Spoiled = { frame: number; mutations: Parameters<typeof mutate>[1] }[];
const spoil = (frames: Buffer[], list: Spoiled): Buffer =>
  Buffer.concat(list.map((s) => mutate(frames[s.frame] ?? Buffer.alloc(0), s.mutations)));

property(
  "spoiled requests harm nobody else",
  400,
  fc.record({ list: spoiled(recorded.requests.length), sizes: chunkSizes }),
  ({ list, sizes }) => {
    const connection = new Connection(vm(), root(), answering(echo));
    const bytes = spoil(recorded.requests, list);
    for (const chunk of chunks(bytes, sizes)) connection.receive(chunk);
    vm().advance(2);
    replies(connection.takeWritten());
    connection.disconnect();
    stillServes();
  },
);

property(
  "spoiled responses harm nobody else",
  400,
  fc.record({ list: spoiled(recorded.responses.length), sizes: chunkSizes }),
  ({ list, sizes }) => {
    const bytes = spoil(recorded.responses, list);
    const answers = chunks(bytes.subarray(0, 20_000), sizes).slice(0, 200);
    answers.push(bytes.subarray(20_000));
    const hcm = answering(() => answers.shift() ?? Buffer.alloc(0));
    const connection = new Connection(vm(), root(), hcm);
    for (let i = answers.length; i >= 0; i--) connection.receive(dubbo.request({ id: BigInt(i) }));
    vm().advance(2);
    replies(connection.takeWritten());
    connection.disconnect();
    stillServes();
  },
);

/** Frames of HTTP/2 by their shape alone, and bytes that are not even that. */
const http2Bytes = fc.array(
  fc.oneof(
    { weight: 1, arbitrary: fc.record({ raw: fc.array(fc.nat({ max: 255 }), { maxLength: 60 }) }) },
    {
      weight: 5,
      arbitrary: fc.record({
        type: fc.nat({ max: 11 }),
        flags: fc.constantFrom(0, 1, 4, 5, 8, 9, 12, 0x20, 0x2d, 255),
        stream: fc.constantFrom(0, 1, 2, 3, 5, 0x7fffffff),
        payload: fc.array(fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0, 1, 4, 255)), {
          maxLength: 40,
        }),
      }),
    },
  ),
  { minLength: 1, maxLength: 8 },
);

property(
  "a connection manager that talks nonsense harms nobody else",
  600,
  fc.record({ nonsense: http2Bytes, sizes: chunkSizes, first: fc.boolean() }),
  ({ nonsense, sizes, first }) => {
    const hcm = new Hcm({ writes: "manual" });
    const connection = new Connection(vm(), root(), hcm);
    const say = (): void => {
      for (const n of nonsense) {
        hcm.raw(
          "raw" in n
            ? Buffer.from(n.raw)
            : frame(n.type, n.flags, n.stream, Buffer.from(n.payload)),
        );
      }
      for (let i = 0; hcm.queued > 0 && connection.open; i++) hcm.flush(sizes[i % sizes.length]);
    };
    connection.receive(dubbo.request({ id: 1n }));
    connection.receive(dubbo.request({ id: 2n, method: "other" }));
    if (!first) hcm.flush();
    say();
    connection.receive(dubbo.request({ id: 3n }));
    vm().advance(2);
    replies(connection.takeWritten());
    connection.disconnect();
    stillServes();
  },
);

const bad = fc.oneof(
  fc.record({ kind: fc.constant("noise" as const), bytes: fc.array(fc.nat({ max: 255 })) }),
  fc.record({
    kind: fc.constant("too long" as const),
    over: fc.integer({ min: 1, max: 2 ** 31 - 70_000 }),
  }),
);

property(
  "behind bad bytes: what was accepted is sent and answered, then the connection is closed",
  150,
  fc.record({
    calls: fc.array(callSpec, { maxLength: 8 }),
    bad,
    sizes: chunkSizes,
    answeredBefore: fc.boolean(),
    initialWindow: fc.oneof(fc.integer({ min: 50, max: 5000 }), fc.constant(1 << 20)),
  }),
  ({ calls, bad, sizes, answeredBefore, initialWindow }) => {
    const pending: (() => void)[] = [];
    const arrived: bigint[] = [];
    const hcm: Hcm = new Hcm({
      connectionWindow: 1 << 24,
      settings: { initialWindow },
      onLane(lane) {
        const cutter = new Cutter(dubbo.dubboWire);
        lane.script.onData = (bytes) => {
          for (const f of cutter.push(bytes)) {
            arrived.push(f.id);
            if ((f.flags & dubbo.FLAG.TWO_WAY) === 0) continue;
            const answer = (): void => lane.send(echo(f));
            if (answeredBefore) answer();
            else pending.push(answer);
          }
        };
      },
    });
    const connection = new Connection(vm(), root(), hcm);
    const tooLong = 0xabcdn;
    const badBytes =
      bad.kind === "noise"
        ? Buffer.concat([Buffer.from([0xda, 0xbc]), Buffer.from(bad.bytes), Buffer.alloc(16)])
        : dubbo.request({ id: tooLong }); // its length is written below
    if (bad.kind === "too long") badBytes.writeUInt32BE((MAX_FRAME - 16 + bad.over) >>> 0, 12);
    const behind = dubbo.request({ id: 0xdeadn });
    const bytes = Buffer.concat([...calls.map(encodeCall), badBytes, behind]);
    for (const chunk of chunks(bytes, sizes)) connection.receive(chunk);
    // Windows open again each time a timer rings: time for all bytes, whatever they are.
    for (let i = 0; i < 20 + (2 * bytes.length) / initialWindow; i++) {
      vm().advance(1);
      hcm.flushByItself();
    }
    for (const answer of pending) {
      assert.ok(connection.open, "closed before all that was accepted had been answered");
      answer();
      hcm.flushByItself();
      vm().advance(2);
    }
    const got = replies(connection.takeWritten()).map((f) => f.id);
    const expected = calls.flatMap((c, i) => (c.kind === "oneway" ? [] : [idOf(i)]));
    if (bad.kind === "too long") expected.push(tooLong);
    assert.deepEqual(got.sort(), expected.sort(), "answers");
    const sent = calls.flatMap((c, i) => (c.kind === "heartbeat" ? [] : [idOf(i)]));
    assert.deepEqual(arrived.sort(), sent.sort(), "requests that arrived");
    vm().advance(2_000); // a client that sent on has time to read
    assert.ok(!connection.open, "the connection is still open");
    assert.equal(connection.closedBy, CloseKind.Local);
    stillServes();
  },
);
