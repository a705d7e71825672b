/** What one client may use up has limits; whoever reaches them is told so, and harms nobody else. */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { DubboClient, request, STATUS, type DubboFrame } from "../support/dubbo.js";
import { until } from "../support/wait.js";
import { Bystander } from "./support/bystander.js";
import { HoldingServer } from "./support/holding.js";
import { Stage } from "./support/stage.js";
import { argotStats } from "./support/stats.js";

const MOST = 64;
const MIB = 1 << 20;

let holding: HoldingServer;
let stage: Stage;

before(async () => {
  holding = await HoldingServer.start("v1");
  const subsets = { v1: holding.port };
  const lanes = { maxInFlight: MOST };
  const mode = "connection" as const;
  stage = await Stage.start(
    [
      ...["flight", "flood", "twice"].map((name) => ({ name, lanes, subsets })),
      { name: "same", subsets },
      // The group lies at the end of a request, which is held until it is there.
      { name: "memory", routeOn: ["method", "group"], lanes: { maxWorkerBytes: 8 * MIB }, subsets },
      { name: "full", maxConnections: 3, subsets },
      { name: "c-full", mode, maxConnections: 3, subsets },
    ],
    1, // all in one virtual machine
  );
});

afterEach(() => holding.release());

after(async () => {
  await stage?.stop();
  await holding.close();
});

/** Another client works at the same listener all the time. */
async function beside(name: string, work: (port: number) => Promise<void>): Promise<void> {
  const port = stage.port(name);
  const bystander = await Bystander.start(port, "v1");
  await work(port);
  await bystander.finish();
}

test("a request beyond maxInFlight gets an error; those in flight are answered", () =>
  beside("flight", async (port) => {
    const client = await DubboClient.connect(port);
    const { answered } = await holding.hold(client, MOST);
    const { status, error } = await client.call();
    assert.equal(status, STATUS.SERVER_ERROR);
    assert.match(error ?? "", /too many requests in flight/);
    client.notify({ args: ["nobody waits for this one"] });
    await client.heartbeat();
    await answered();
    assert.equal((await client.call({ args: ["fine"] })).value, "v1:fine");
    await stage.counts("flight", {
      oneways: 1,
      error_replies: 1,
      requests_refused: 1,
      "requests_refused.in_flight": 1,
    });
    client.close();
  }));

test("of 5,000 requests at once each gets one answer: its own, or that there are too many", () =>
  beside("flood", async (port) => {
    const CALLS = 5000;
    const client = await DubboClient.connect(port);
    const ids = Array.from({ length: CALLS }, (_, i) => BigInt(i));
    client.send(Buffer.concat(ids.map((id) => request({ id, method: "held", args: [`${id}`] }))));
    await until(() => holding.held === MOST, { what: "held calls" });
    await until(() => client.unsolicited.length === CALLS - MOST, { what: "error replies" });
    assert.ok(client.unsolicited.every(({ status }) => status === STATUS.SERVER_ERROR));
    holding.release();
    await until(() => client.unsolicited.length === CALLS, { what: "all answers" });
    assert.deepEqual(
      client.unsolicited.map(({ id }) => Number(id)).sort((a, b) => a - b),
      [...Array(CALLS).keys()],
    );
    await stage.counts("flood", { "requests_refused.in_flight": CALLS - MOST, lanes_failed: 0 });
    client.close();
  }));

test("requests with the same id in flight get one answer each, and are bounded like others", () =>
  beside("twice", async (port) => {
    const client = await DubboClient.connect(port);
    const same = (count: number): Buffer =>
      Buffer.concat(Array(count).fill(request({ id: 7n, method: "held", args: ["x"] })));
    const statuses = async (count: number): Promise<number[]> => {
      await until(() => client.unsolicited.length === count, { what: `${count} answers` });
      const frames: DubboFrame[] = client.unsolicited.splice(0);
      assert.ok(frames.every(({ id }) => id === 7n));
      return frames.map(({ status }) => status);
    };
    client.send(same(MOST + 6));
    assert.deepEqual(await statuses(6), Array(6).fill(STATUS.SERVER_ERROR));
    await until(() => holding.held === MOST, { what: "held calls" });
    holding.release();
    assert.deepEqual(await statuses(MOST), Array(MOST).fill(STATUS.OK));

    client.send(same(3));
    await until(() => holding.held === 3, { what: "held calls" });
    holding.holder?.destroy();
    assert.deepEqual(await statuses(3), Array(3).fill(STATUS.SERVER_ERROR));
    assert.equal((await client.call({ args: ["fine"] })).value, "v1:fine");
    await stage.counts("twice", { responses_unexpected: 0, error_replies: 9 });
    client.close();
  }));

test("an id that is in flight 512 times is refused; answers to others come", () =>
  beside("same", async (port) => {
    const SAME = 5_000;
    const client = await DubboClient.connect(port);
    const other = client.call({ method: "held", args: ["other"] });
    client.send(Buffer.concat(Array(SAME).fill(request({ id: 7n, method: "held" }))));
    await until(() => client.unsolicited.length === SAME - 512, { what: "error replies" });
    await until(() => holding.held === 513, { what: "held calls" });
    holding.release();
    assert.equal((await other).value, "v1:other");
    await until(() => client.unsolicited.length === SAME, { what: "all answers" });
    await stage.counts("same", { "requests_refused.in_flight": SAME - 512 });
    client.close();
  }));

test("clients that hold more memory than a worker may have are closed", () =>
  beside("memory", async (port) => {
    const GREEDY = 16;
    const long = request({ id: 1n, args: ["x".repeat(4 * MIB)] });
    const clients: DubboClient[] = [];
    const closed = () => clients.filter((client) => client.closed).length;
    for (let i = 0; i < GREEDY; i++) {
      const client = await DubboClient.connect(port);
      clients.push(client);
      client.send(long.subarray(0, 2 * MIB)); // and no more
    }
    await until(() => closed() >= GREEDY / 2, { what: "end of those that are too many" });
    await until(async () => {
      const stats = await argotStats(stage.envoy, "memory");
      const open = stats.connections_active === 1 + GREEDY - closed();
      return open && stats["connections_closed.memory"] === closed();
    });
    assert.ok(closed() < GREEDY, "some fit");
    for (const client of clients) client.close();
    await stage.counts("memory", { connections_active: 1 });
    const after = await DubboClient.connect(port);
    assert.equal((await after.call({ args: ["y".repeat(4 * MIB)] })).status, STATUS.OK);
    after.close();
  }));

for (const name of ["full", "c-full"]) {
  test(`${name}: a connection beyond maxConnections is closed at once`, () =>
    beside(name, async (port) => {
      const clients = [await DubboClient.connect(port), await DubboClient.connect(port)];
      for (const client of clients) assert.equal((await client.call()).value, "v1:");
      for (let i = 0; i < 20; i++) {
        const refused = await DubboClient.connect(port);
        await until(() => refused.closed, { what: "end of the connection" });
        assert.equal(refused.received, 0);
      }
      await stage.counts(name, {
        connections: 3,
        connections_active: 3,
        "connections_closed.limit": 20,
      });
      clients.pop()?.close();
      await until(
        async () => {
          const client = await DubboClient.connect(port);
          const { value } = await client.call({ args: ["again"] });
          clients.push(client);
          return value === "v1:again";
        },
        { what: "place of a client that left" },
      );
      for (const client of clients) assert.equal((await client.call()).value, "v1:");
      for (const client of clients) client.close();
    }));
}
