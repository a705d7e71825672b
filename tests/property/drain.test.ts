/** A drain, second by second: what a client that stays is given, and when it ends. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection } from "../host/connection.js";
import { Cutter } from "../host/cutter.js";
import { Hcm } from "../host/hcm.js";
import * as dubbo from "../support/dubbo.js";
import { lanesRoot, vm } from "./plugin.js";

/** A client that calls again and again, of a server that answers at once or each call by the next. */
class Busy {
  readonly hcm = new Hcm({
    connectionWindow: 1 << 24,
    onLane: (lane) => {
      const requests = new Cutter(dubbo.dubboWire);
      const waiting: bigint[] = [];
      const answer = (kept: number) => {
        while (waiting.length > kept) lane.send(dubbo.response(waiting.shift()!, "ok"));
        this.hcm.flushByItself();
      };
      this.releases.push(() => answer(0));
      lane.script.onData = (bytes) => {
        for (const { id } of requests.push(bytes)) {
          waiting.push(id);
          this.received++;
        }
        answer(this.keeps ? 1 : 0);
      };
    },
  });
  received = 0;
  private readonly releases: (() => void)[] = [];
  readonly connection: Connection;
  readonly replies: dubbo.Reply[] = [];
  goodbyes = 0;
  private readonly cutter = new Cutter(dubbo.dubboWire);
  private next = 0n;

  /** @param keeps whether each lane's last call is left without an answer */
  constructor(
    private readonly keeps: boolean,
    lanes: object = {},
  ) {
    this.connection = new Connection(vm(), lanesRoot({ lanes }), this.hcm);
  }

  /** Calls each of these methods, every 100 ms for so many seconds; stops when it is closed. */
  call(seconds: number, ...methods: string[]): void {
    for (let i = 0; i < seconds * 10 && this.connection.open; i++) {
      for (const method of methods) {
        this.connection.receive(dubbo.request({ id: this.next++, method }));
      }
      vm().advance(100);
      this.look();
    }
  }

  private look(): void {
    for (const frame of this.cutter.push(this.connection.takeWritten())) {
      if (dubbo.isRequest(frame)) this.goodbyes++;
      else this.replies.push(dubbo.readReply(frame));
    }
  }

  /** The server answers all; then these seconds pass. */
  finish(seconds: number): void {
    for (const release of this.releases) release();
    vm().advance(seconds * 1000);
    this.look();
  }

  get errors(): string[] {
    return this.replies.flatMap(({ error }) => error ?? []);
  }
}

/** What the connection manager says. */
function say(client: Busy, what: "shutdownNotice" | "goaway"): void {
  client.hcm[what]();
  client.hcm.flushByItself();
}

test("after the notice lanes are opened as ever", () => {
  const client = new Busy(false, { maxAgeSeconds: 2 });
  client.call(1, "a");
  say(client, "shutdownNotice");
  for (let i = 0; i < 10; i++) client.call(1, "a", `b${i}`);
  assert.equal(client.goodbyes, 1);
  assert.deepEqual([client.replies.length, client.errors], [client.received, []]);
  assert.equal(client.received, 210);
  assert.ok(client.connection.open, "it does not idle");
  client.connection.disconnect();
});

test("after the end of lanes those that are there serve on, whatever their age", () => {
  const client = new Busy(true, { maxAgeSeconds: 2, idleSeconds: 1 });
  client.call(0.1, "a", "b");
  say(client, "goaway");
  client.call(3, "a");
  client.call(1, "a", "b");
  assert.deepEqual(client.errors, [], "b's lane idled, and could not have been opened again");
  assert.equal(client.received, 52);
  client.call(0.1, "c");
  assert.deepEqual(client.errors, ["argot: the listener is draining"]);
  client.finish(1);
  assert.equal(client.replies.length, 53);
  assert.ok(!client.connection.open);
});

test("after the end of lanes a connection is closed in its first quiet moment", () => {
  const client = new Busy(false);
  client.call(1, "a");
  say(client, "shutdownNotice");
  client.call(10, "a");
  say(client, "goaway");
  vm().advance(2);
  assert.ok(!client.connection.open);
  assert.deepEqual([client.replies.length, client.errors], [client.received, []]);
});

test("a client that is never quiet is closed 5 s after the end of lanes, its calls answered", () => {
  const client = new Busy(true);
  client.call(1, "a");
  say(client, "shutdownNotice");
  client.call(10, "a");
  say(client, "goaway");
  client.call(4.9, "a");
  assert.ok(client.received >= 158, `${client.received} calls`);
  client.call(5, "a");
  assert.ok(client.received < 170, `${client.received} calls`);
  assert.ok(client.connection.open, "a call is in flight");
  client.finish(1);
  assert.ok(!client.connection.open);
  assert.deepEqual([client.goodbyes, client.errors], [1, []]);
  assert.equal(client.replies.length, client.received);
});
