/** A drain, second by second: what a client that stays is given, and when it ends. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection } from "../host/connection.js";
import { Cutter } from "../host/cutter.js";
import { Hcm } from "../host/hcm.js";
import * as dubbo from "../support/dubbo.js";
import { lanesRoot, vm } from "./plugin.js";

/** A client that calls without a pause, of a server that answers at once. */
class Busy {
  readonly hcm = new Hcm({
    connectionWindow: 1 << 24,
    onLane: (lane) => {
      const requests = new Cutter(dubbo.dubboWire);
      lane.script.onData = (bytes) => {
        for (const { id } of requests.push(bytes)) lane.send(dubbo.response(id, "ok"));
      };
    },
  });
  readonly connection: Connection;
  readonly replies: dubbo.Reply[] = [];
  goodbyes = 0;
  private readonly cutter = new Cutter(dubbo.dubboWire);
  private next = 0n;

  constructor(lanes: object = {}) {
    this.connection = new Connection(vm(), lanesRoot({ lanes }), this.hcm);
  }

  /** Calls each of these methods, every 100 ms for so many seconds; stops when it is closed. */
  call(seconds: number, ...methods: string[]): void {
    for (let i = 0; i < seconds * 10 && this.connection.open; i++) {
      for (const method of methods) {
        this.connection.receive(dubbo.request({ id: this.next++, method }));
      }
      vm().advance(100);
      for (const frame of this.cutter.push(this.connection.takeWritten())) {
        if (dubbo.isRequest(frame)) this.goodbyes++;
        else this.replies.push(dubbo.readReply(frame));
      }
    }
  }

  get asked(): number {
    return Number(this.next);
  }

  get errors(): string[] {
    return this.replies.flatMap(({ error }) => error ?? []);
  }
}

test("after the notice lanes are opened as ever", () => {
  const client = new Busy({ maxAgeSeconds: 2 });
  client.call(1, "a");
  client.hcm.shutdownNotice();
  client.hcm.flush();
  for (let i = 0; i < 10; i++) client.call(1, "a", `b${i}`);
  assert.equal(client.goodbyes, 1);
  assert.equal(client.replies.length, client.asked);
  assert.deepEqual(client.errors, []);
  assert.ok(client.connection.open, "it does not idle");
  client.connection.disconnect();
});

test("after the end of lanes those that are there serve on, whatever their age", () => {
  const client = new Busy({ maxAgeSeconds: 2, idleSeconds: 1 });
  client.call(0.1, "a", "b");
  client.hcm.goaway();
  client.hcm.flush();
  client.call(3, "a");
  client.call(1, "a", "b");
  assert.deepEqual(client.errors, [], "b's lane idled, and could not have been opened again");
  assert.equal(client.replies.length, client.asked);
  client.call(0.1, "c");
  assert.match(client.errors.join(), /^argot: the listener is draining$/);
  client.connection.disconnect();
});

test("a client that neither leaves nor idles is closed 5 s after the end of lanes", () => {
  const client = new Busy();
  client.call(1, "a");
  client.hcm.shutdownNotice();
  client.hcm.flush();
  client.call(10, "a");
  client.hcm.goaway();
  client.hcm.flush();
  client.call(4.9, "a");
  assert.ok(client.connection.open);
  client.call(1, "a");
  assert.ok(!client.connection.open);
  assert.deepEqual([client.goodbyes, client.errors], [1, []]);
  assert.equal(client.replies.length, client.asked);
});
