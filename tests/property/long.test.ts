/** Requests and responses that are too long to be held until they are whole. */
import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection } from "../host/connection.js";
import { Cutter } from "../host/cutter.js";
import { Hcm } from "../host/hcm.js";
import type { Lane } from "../host/lane.js";
import * as dubbo from "../support/dubbo.js";
import { callSpec, ROUTE_ON_HEAD } from "./calls.js";
import { property } from "./check.js";
import { lanesRoot, vm } from "./plugin.js";
import { World } from "./world.js";

const KIB = 1024;
const MIB = KIB * KIB;

/** A client of a listener that routes on what stands at the beginning of requests. */
class Client {
  readonly hcm = new Hcm({ connectionWindow: 1 << 28, settings: { initialWindow: 1 << 28 } });
  readonly connection: Connection;
  private readonly answers = new Cutter(dubbo.dubboWire);

  constructor(lanes: object = {}) {
    const settings = { maxRequests: 0, maxAgeSeconds: 0, ...lanes };
    this.connection = new Connection(
      vm(),
      lanesRoot({ routeOn: ROUTE_ON_HEAD, lanes: settings }),
      this.hcm,
    );
  }

  send(bytes: Buffer): void {
    this.connection.receive(bytes);
  }

  lane(place = 0): Lane {
    const lane = this.hcm.opened[place];
    assert.ok(lane, `there is no lane ${place}`);
    return lane;
  }

  /** Lets time pass, and reads what has come. */
  read(): dubbo.DubboFrame[] {
    this.hcm.flushByItself();
    vm().advance(1);
    return this.answers.push(this.connection.takeWritten());
  }

  /** Bytes of an answer that is not whole. */
  get pending(): number {
    return this.answers.pending;
  }
}

function using(lanes: object, body: (client: Client) => void): void {
  const client = new Client(lanes);
  body(client);
  client.connection.disconnect();
}

function request(id: number, size: number, more: object = {}): Buffer {
  return dubbo.request({ id: BigInt(id), args: ["x".repeat(size)], ...more });
}

const response = (id: number, size: number) => dubbo.response(BigInt(id), "r".repeat(size));
const ids = (frames: dubbo.DubboFrame[]) => frames.map(({ id }) => Number(id));

/** Sends the parts of `bytes` one by one. */
function trickle(client: Client, bytes: Buffer, part: number, then = () => {}): void {
  for (let at = 0; at < bytes.length; at += part) {
    client.send(bytes.subarray(at, at + part));
    then();
  }
}

test("a long request goes on as it comes, and unchanged", () =>
  using({}, (client) => {
    const bytes = request(1, 100 * KIB);
    const seen: number[] = [];
    trickle(client, bytes, 20 * KIB, () => seen.push(client.lane().bytes().length));
    assert.deepEqual(
      seen,
      seen.map((_, i) => Math.min(bytes.length, (i + 1) * 20 * KIB)),
    );
    assert.ok(client.lane().bytes().equals(bytes));
    client.send(request(2, 10));
    client.lane().send(response(1, 5));
    client.lane().send(response(2, 5));
    assert.deepEqual(ids(client.read()), [1, 2]);
  }));

test("a request whose metadata lie behind its arguments waits until it is whole", () => {
  const root = lanesRoot({ lanes: {} });
  const hcm = new Hcm({ connectionWindow: 1 << 28, settings: { initialWindow: 1 << 28 } });
  const connection = new Connection(vm(), root, hcm);
  const bytes = request(1, 100 * KIB, { attachments: { user: "alice" } });
  connection.receive(bytes.subarray(0, 90 * KIB));
  assert.equal(hcm.opened.length, 0);
  connection.receive(bytes.subarray(90 * KIB));
  assert.equal(hcm.opened[0]?.header("x-argot-attachment-user"), "alice");
  connection.disconnect();
});

test("the module's memory does not grow with the length of a request", () =>
  using({}, (client) => {
    trickle(client, request(1, 15 * MIB), 60 * KIB); // so that the rest of the host has grown
    const before = vm().memoryBytes;
    for (let i = 2; i < 5; i++) trickle(client, request(i, 15 * MIB), 60 * KIB);
    assert.equal(vm().memoryBytes, before);
    assert.ok(before < 10 * MIB, `${before} bytes`);
  }));

test("a lane does not end, nor get anything else, in the middle of a request", () =>
  using({ maxRequests: 1, idleSeconds: 1 }, (client) => {
    const bytes = request(1, 50 * KIB, { oneway: true });
    client.send(bytes.subarray(0, 30 * KIB));
    client.lane().send(dubbo.heartbeat(9n)); // of the server
    client.read();
    vm().advance(5_000);
    assert.equal(client.lane().clientOver, false);
    assert.equal(client.lane().bytes().length, 30 * KIB);
    client.send(bytes.subarray(30 * KIB));
    client.read();
    assert.ok(client.lane().bytes().subarray(0, bytes.length).equals(bytes));
    const [answer] = new Cutter(dubbo.dubboWire).push(client.lane().bytes().subarray(bytes.length));
    assert.ok(
      answer && dubbo.isEvent(answer) && answer.id === 9n,
      "then the server has its answer",
    );
    client.send(request(2, 1));
    vm().advance(5);
    assert.equal(client.lane().clientOver, true, "then it ends");
    assert.equal(client.hcm.opened.length, 2);
  }));

test("the rest of a request whose lane has died is skipped, and the connection goes on", () =>
  using({}, (client) => {
    const bytes = request(1, 50 * KIB);
    client.send(bytes.subarray(0, 30 * KIB));
    client.lane().reset(2);
    const [failed] = client.read();
    assert.notEqual(failed?.status, dubbo.STATUS.OK);
    client.send(Buffer.concat([bytes.subarray(30 * KIB), request(2, 10)]));
    client.lane(1).send(response(2, 5));
    assert.deepEqual(ids(client.read()), [2]);
  }));

test("the rest of a refused request is skipped, too", () =>
  using({ maxLanes: 1 }, (client) => {
    client.send(request(1, 10));
    const bytes = request(2, 50 * KIB, { method: "other" });
    client.send(bytes.subarray(0, 30 * KIB));
    assert.match(dubbo.readReply(client.read()[0]!).error ?? "", /too many lanes/);
    client.send(Buffer.concat([bytes.subarray(30 * KIB), request(3, 10)]));
    assert.equal(client.hcm.opened.length, 1);
    assert.ok(
      client
        .lane()
        .bytes()
        .equals(Buffer.concat([request(1, 10), request(3, 10)])),
    );
  }));

test("a long response goes on as it comes; others wait until it is whole", () =>
  using({ spread: 2 }, (client) => {
    client.send(request(1, 10));
    client.send(request(2, 10));
    const bytes = response(1, MIB);
    client.lane(0).send(bytes.subarray(0, 300 * KIB));
    assert.deepEqual(client.read(), []);
    assert.equal(client.pending, 300 * KIB);
    client.lane(1).send(response(2, 5));
    assert.deepEqual(client.read(), []);
    assert.equal(client.pending, 300 * KIB);
    client.send(dubbo.heartbeat(7n));
    client.lane(0).send(bytes.subarray(300 * KIB));
    assert.deepEqual(ids(client.read()).sort(), [1, 2, 7]);
    assert.equal(client.pending, 0);
  }));

test("a second long response waits, pushed back, for the end of the first", () =>
  using({ spread: 2 }, (client) => {
    client.send(request(1, 10));
    client.send(request(2, 10));
    const [first, second] = [response(1, 8 * MIB), response(2, 8 * MIB)];
    client.lane(0).send(first.subarray(0, MIB));
    client.lane(1).send(second);
    for (let i = 0; i < 20; i++) client.read();
    assert.ok(client.lane(1).sent <= 2 * MIB, `${client.lane(1).sent} bytes were taken`);
    client.lane(0).send(first.subarray(MIB));
    const answers: dubbo.DubboFrame[] = [];
    for (let i = 0; i < 50; i++) answers.push(...client.read());
    assert.deepEqual(ids(answers), [1, 2]);
    assert.ok(answers[0]?.bytes.equals(first) && answers[1]?.bytes.equals(second));
  }));

test("a long response that breaks off ends its client's connection, as nothing else can follow", () =>
  using({ spread: 2 }, (client) => {
    client.send(request(1, 10));
    client.send(request(2, 10));
    client.lane(0).send(response(1, MIB).subarray(0, 300 * KIB));
    client.read();
    client.lane(0).reset(2);
    client.lane(1).send(response(2, 5));
    assert.deepEqual(client.read(), []);
    assert.equal(client.pending, 300 * KIB, "nothing was written behind it");
    assert.equal(client.connection.open, false);
  }));

test("a long response that nobody waits for is skipped", () =>
  using({}, (client) => {
    client.send(request(1, 10));
    const stray = response(99, MIB);
    client.lane().send(stray.subarray(0, 400 * KIB));
    client.read();
    client.lane().send(Buffer.concat([stray.subarray(400 * KIB), response(1, 5)]));
    assert.deepEqual(ids(client.read()), [1]);
  }));

property(
  "every request gets its own answer, long ones among short ones",
  40,
  fc.record({
    calls: fc.array(callSpec, { minLength: 1, maxLength: 12 }),
    steps: fc.array(
      fc.oneof(
        fc.record({ do: fc.constant("client" as const), n: fc.nat({ max: 60_000 }) }),
        fc.record({
          do: fc.constant("answer" as const),
          pick: fc.nat({ max: 7 }),
          size: fc.oneof(fc.nat({ max: 60 }), fc.nat({ max: 3_000_000 })),
          sizes: fc.array(fc.integer({ min: 1, max: 400_000 }), { maxLength: 8 }),
        }),
        fc.record({ do: fc.constant("flush" as const), n: fc.nat({ max: 500_000 }) }),
        fc.record({ do: fc.constant("wait" as const), n: fc.nat({ max: 3 }) }),
      ),
      { maxLength: 30 },
    ),
    writes: fc.constantFrom("frames" as const, "all" as const, "manual" as const),
    spread: fc.integer({ min: 1, max: 3 }),
  }),
  ({ calls, steps, writes, spread }) => {
    const root = lanesRoot({ routeOn: ROUTE_ON_HEAD, lanes: { maxAgeSeconds: 0, spread } });
    const options = { writes, connectionWindow: 1 << 20 };
    const world = new World(vm(), root, calls, options, ROUTE_ON_HEAD, true);
    for (const s of steps) {
      if (s.do === "client") world.clientSends(s.n);
      else if (s.do === "answer") world.answer(s.pick, s.size, s.sizes);
      else if (s.do === "flush") world.flush(s.n);
      else world.wait(s.n);
    }
    world.finish();
    world.check();
    world.connection.disconnect();
  },
);
