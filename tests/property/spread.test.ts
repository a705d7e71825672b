/** Which of a key's lanes takes a request, and how lanes end that nobody needs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection } from "../host/connection.js";
import { Hcm } from "../host/hcm.js";
import type { Lane } from "../host/lane.js";
import * as dubbo from "../support/dubbo.js";
import { Cutter } from "../host/cutter.js";
import { lanesRoot, vm } from "./plugin.js";

/** A client whose requests, and the lanes that they go to, are looked at one by one. */
class Client {
  readonly hcm = new Hcm({ connectionWindow: 1 << 24, settings: { initialWindow: 1 << 20 } });
  readonly connection: Connection;
  private readonly taken = new Map<Lane, bigint[]>();
  private next = 0n;

  constructor(lanes: object) {
    const root = lanesRoot({ lanes: { maxRequests: 0, maxAgeSeconds: 0, ...lanes } });
    this.connection = new Connection(vm(), root, this.hcm);
  }

  /** Sends so many requests in one write; the lanes that took them, by their place in `lanes`. */
  send(n = 1, method = "hello"): number[] {
    const ids = Array.from({ length: n }, () => this.next++);
    this.connection.receive(Buffer.concat(ids.map((id) => dubbo.request({ id, method }))));
    return ids.map((id) => this.lanes.findIndex((lane) => this.requests(lane).includes(id)));
  }

  get lanes(): Lane[] {
    return this.hcm.opened;
  }

  /** Answers all that wait on a lane. */
  answer(place: number): void {
    const lane = this.lanes[place];
    assert.ok(lane);
    const answered = this.taken.get(lane) ?? [];
    const waiting = this.requests(lane).slice(answered.length);
    this.taken.set(lane, [...answered, ...waiting]);
    for (const id of waiting) lane.send(dubbo.response(id, "ok"));
    this.hcm.flushByItself();
  }

  /** Lanes on which the client may still send. */
  get open(): number[] {
    return this.lanes.flatMap((lane, i) => (lane.clientOver || lane.over ? [] : [i]));
  }

  private requests(lane: Lane): bigint[] {
    return new Cutter(dubbo.dubboWire).push(lane.bytes()).map(({ id }) => id);
  }
}

function using(lanes: object, body: (client: Client) => void): void {
  const client = new Client(lanes);
  body(client);
  client.connection.disconnect();
}

test("a key has one lane, unless it is spread", () =>
  using({}, (client) => {
    for (let i = 0; i < 5; i++) assert.deepEqual(client.send(), [0]);
  }));

test("a further lane is opened only when all are busy, up to `spread`", () =>
  using({ spread: 3 }, (client) => {
    assert.deepEqual(client.send(), [0]);
    client.answer(0);
    assert.deepEqual(client.send(), [0], "an idle lane is used again");
    assert.deepEqual(client.send(), [1]);
    assert.deepEqual(client.send(), [2]);
    const more = [...client.send(), ...client.send(), ...client.send()];
    assert.deepEqual(more.sort(), [0, 1, 2], "then the least busy takes the next");
    assert.equal(client.lanes.length, 3);
    client.answer(1);
    assert.deepEqual([client.send(), client.send()], [[1], [1]], "a slow server's lane does not");
  }));

test("what comes in one read goes to one lane, up to 128 requests, once their servers have answered", () =>
  using({ spread: 2 }, (client) => {
    const first = client.send(32);
    assert.deepEqual(
      [0, 1].map((lane) => first.filter((place) => place === lane).length),
      [16, 16],
    );
    client.answer(0);
    client.answer(1);
    assert.equal(new Set(client.send(32)).size, 1);
    assert.equal(new Set(client.send(100)).size, 1);
    const places = client.send(200);
    assert.deepEqual([...new Set(places)].sort(), [0, 1]);
  }));

test("where servers take their time, what comes in one read is shared out", () =>
  using({ spread: 2 }, (client) => {
    client.send();
    client.send();
    vm().advance(20);
    client.answer(0);
    client.answer(1);
    const places = client.send(10);
    assert.deepEqual(
      [0, 1].map((lane) => places.filter((place) => place === lane).length),
      [5, 5],
    );
  }));

test("a key whose lane has had 32 requests gets a further one even if it is idle", () =>
  using({ spread: 2 }, (client) => {
    for (let i = 0; i < 32; i++) {
      assert.deepEqual(client.send(), [0]);
      client.answer(0);
    }
    assert.deepEqual(client.send(), [1]);
  }));

test("a lane whose server is slow is avoided, and tried again later", () =>
  using({ spread: 2 }, (client) => {
    client.send();
    client.send();
    client.answer(1);
    vm().advance(100);
    client.answer(0);
    for (let i = 0; i < 40; i++) {
      assert.deepEqual(client.send(), [1]);
      client.answer(1);
    }
    vm().advance(30_000);
    const places = [client.send(), client.send()].flat();
    assert.deepEqual(places.sort(), [0, 1]);
  }));

test("each key has lanes of its own", () =>
  using({ spread: 2 }, (client) => {
    assert.deepEqual([client.send(1, "a"), client.send(1, "b")], [[0], [1]]);
    assert.deepEqual([client.send(1, "a"), client.send(1, "b")], [[2], [3]]);
    assert.deepEqual(client.lanes.map((lane) => lane.header("x-argot-method")).join(), "a,b,a,b");
  }));

test("with maxRequests 1 every request has a lane of its own, which ends with its answer", () =>
  using({ maxRequests: 1 }, (client) => {
    assert.deepEqual([client.send(), client.send(), client.send()], [[0], [1], [2]]);
    client.answer(1);
    vm().advance(2);
    assert.deepEqual(client.open, [0, 2]);
  }));

test("a lane that nobody uses is closed after idleSeconds, one with a request is not", () =>
  using({ idleSeconds: 5 }, (client) => {
    client.send(1, "idle");
    client.send(1, "waits");
    client.answer(0);
    vm().advance(4_000);
    assert.deepEqual(client.open, [0, 1]);
    vm().advance(2_500);
    assert.deepEqual(client.open, [1]);
    assert.deepEqual(client.send(1, "idle"), [2], "the key gets a new one");
    client.answer(1);
    assert.equal(new Cutter(dubbo.dubboWire).push(client.connection.takeWritten()).length, 2);
  }));

test("idleSeconds 0 keeps lanes", () =>
  using({ idleSeconds: 0 }, (client) => {
    client.send();
    client.answer(0);
    vm().advance(600_000);
    assert.deepEqual(client.open, [0]);
  }));

test("beyond maxLanes the lane that was idle longest makes room; if none is, the call is refused", () =>
  using({ maxLanes: 2, idleSeconds: 0 }, (client) => {
    client.send(1, "a");
    client.send(1, "b");
    client.answer(0);
    client.answer(1);
    vm().advance(2_000);
    client.send(1, "a");
    client.answer(0);
    vm().advance(2_000);
    assert.deepEqual(client.send(1, "c"), [2], "b made room");
    assert.deepEqual(client.open, [0, 2]);
    client.send(1, "a");
    client.connection.takeWritten();
    assert.deepEqual(client.send(1, "d"), [-1]);
    vm().advance(2);
    const [refused] = new Cutter(dubbo.dubboWire).push(client.connection.takeWritten());
    assert.match(dubbo.readReply(refused!).error ?? "", /too many lanes/);
  }));

test("lanes that began together do not end together", () => {
  const keys = Array.from({ length: 40 }, (_, i) => `m${i}`);
  using({ maxAgeSeconds: 100, idleSeconds: 0 }, (client) => {
    const isReplaced = (key: string, i: number): boolean => client.send(1, key)[0] !== i;
    keys.forEach((key, i) => assert.deepEqual(client.send(1, key), [i]));
    vm().advance(74_000);
    assert.ok(!keys.some(isReplaced), "a lane ended at less than three quarters of its age");
    vm().advance(14_000);
    const early = keys.filter(isReplaced).length;
    assert.ok(early > 5 && early < 35, `${early} of 40 lanes ended in the same time`);
  });
  using({ maxAgeSeconds: 100, idleSeconds: 0 }, (client) => {
    keys.forEach((key) => client.send(1, key));
    vm().advance(101_000);
    keys.forEach((key, i) => assert.deepEqual(client.send(1, key), [40 + i]));
  });
});
