/** Mode lanes: routes that change while calls run reach a connection that stays open. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { DubboClient, DubboServer, STATUS } from "../support/dubbo.js";
import { until } from "../support/wait.js";
import { Stage } from "./support/stage.js";

const IN_FLIGHT = 8;

let servers: DubboServer[] = [];
let stage: Stage;

before(async () => {
  servers = await Promise.all(["v1", "v2"].map((tag) => DubboServer.start({ tag })));
  const subsets = { v1: servers[0]!.port, v2: servers[1]!.port };
  const routes = [{ name: "split", to: [{ subset: "v1" }, { subset: "v2" }] }];
  stage = await Stage.start([
    // Every call is a lane: the split of calls is the split of lanes.
    { name: "by-count", lanes: { maxRequests: 1 }, subsets, routes },
    { name: "by-age", lanes: { maxAgeSeconds: 1 }, subsets, routes },
  ]);
});

beforeEach(() => setWeights(90, 10));

after(async () => {
  await stage?.stop();
  await Promise.all(servers.map((server) => server.close()));
});

async function setWeights(v1: number, v2: number): Promise<void> {
  for (const { services } of stage.model) {
    for (const target of services[0]!.routes[0]!.to) {
      target.weight = target.subset === "v1" ? v1 : v2;
    }
  }
  await stage.envoy.update(stage.model);
}

/** Calls all the time over one connection; what is seen is what was answered since `clear`. */
class Load {
  seen = { v1: 0, v2: 0 };
  calls = 0;
  /** Answers from v2 since the last one from v1. */
  v2InARow = 0;
  private stopped = false;
  private readonly working: Promise<unknown>;

  constructor(private readonly client: DubboClient) {
    this.working = Promise.all(Array.from({ length: IN_FLIGHT }, () => this.work()));
    this.working.catch(() => undefined); // told by `finish`
  }

  clear(): void {
    this.seen = { v1: 0, v2: 0 };
  }

  /** Waits for `count` answers, and tells the share of v2 among them in percent. */
  async share(count: number): Promise<number> {
    this.clear();
    const all = () => this.seen.v1 + this.seen.v2;
    await this.whileWorking(() => all() >= count, `${count} answers`);
    return (100 * this.seen.v2) / all();
  }

  async whileWorking(condition: () => boolean, what: string): Promise<void> {
    await Promise.race([this.working, until(condition, { what })]);
  }

  /** Fails if any call did, or the connection was closed. */
  async finish(): Promise<void> {
    this.stopped = true;
    await this.working;
    assert.equal(this.client.closed, false, "the connection was open all the time");
    this.client.close();
  }

  private async work(): Promise<void> {
    while (!this.stopped) {
      const text = `call ${this.calls++}`;
      const { status, value, error } = await this.client.call({ args: [text] });
      assert.equal(status, STATUS.OK, error);
      const [tag, said] = String(value).split(":");
      assert.equal(said, text);
      assert.ok(tag === "v1" || tag === "v2");
      this.seen[tag]++;
      this.v2InARow = tag === "v2" ? this.v2InARow + 1 : 0;
    }
  }
}

test("the split follows weights that change under load; no call fails", async () => {
  const load = new Load(await DubboClient.connect(stage.port("by-count")));
  // 800 lanes: the share strays by one point (one standard deviation).
  const near = (share: number, wanted: number) => {
    assert.ok(Math.abs(share - wanted) < 7, `v2 got ${share} % instead of ${wanted} %`);
  };
  near(await load.share(800), 10);
  await setWeights(10, 90);
  near(await load.share(800), 90);
  await setWeights(0, 100);
  await load.whileWorking(() => load.v2InARow >= 100, "hundred answers of v2 in a row");
  assert.equal(await load.share(300), 100, "a weight of 0 gets nothing");
  await load.finish();
  await stage.counts("by-count", {
    ...{ connections: 1, requests: load.calls, responses: load.calls },
    ...{ lanes_opened: load.calls, error_replies: 0, lanes_failed: 0 },
  });
});

test("lanes that grow old carry a change to a connection whose lanes take any number", async () => {
  await setWeights(100, 0);
  const load = new Load(await DubboClient.connect(stage.port("by-age")));
  assert.equal(await load.share(200), 0);
  await setWeights(0, 100);
  await load.whileWorking(() => load.v2InARow >= 200, "answers of v2 only");
  await load.finish();
  await stage.counts("by-age", { responses: load.calls, error_replies: 0, lanes_failed: 0 });
});

test("a route that refuses, and new endpoints, are taken over under load", async () => {
  const load = new Load(await DubboClient.connect(stage.port("by-count")));
  const client = await DubboClient.connect(stage.port("by-count"));
  const newcomer = await DubboServer.start({ tag: "newcomer" });
  try {
    const service = stage.model[0]!.services[0]!;
    service.subsets.push({ name: "newcomer", endpoints: [`127.0.0.1:${newcomer.port}`] });
    service.routes.unshift(
      {
        name: "closed",
        match: [{ key: "method", exact: "write" }],
        to: [],
        refuse: { status: 403, message: "closed for today" },
      },
      {
        name: "moved",
        match: [{ key: "method", exact: "read" }],
        to: [{ subset: "newcomer", weight: 1 }],
      },
    );
    assert.equal((await client.call({ method: "write" })).status, STATUS.OK);
    await stage.envoy.update(stage.model);
    await until(async () => {
      const { error } = await client.call({ method: "write" });
      return error === "closed for today";
    });
    assert.equal((await client.call({ method: "read", args: ["x"] })).value, "newcomer:x");
    await load.finish();
  } finally {
    client.close();
    await newcomer.close();
  }
});
