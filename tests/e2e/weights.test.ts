/** Mode lanes: routes that change while calls run reach a connection that stays open. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { DubboClient, DubboServer, STATUS } from "../support/dubbo.js";
import { until } from "../support/wait.js";
import { Load } from "./support/load.js";
import { Stage } from "./support/stage.js";

let servers: DubboServer[] = [];
let stage: Stage;

before(async () => {
  servers = await Promise.all(["v1", "v2"].map((tag) => DubboServer.start({ tag })));
  const subsets = { v1: servers[0]!.port, v2: servers[1]!.port };
  const routes = [{ name: "split", to: [{ subset: "v1" }, { subset: "v2" }] }];
  stage = await Stage.start([
    // Every call is a lane: the split of calls is the split of lanes.
    { name: "by-count", lanes: { maxRequests: 1 }, subsets, routes },
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

test("the split follows weights that change under load; no call fails", async () => {
  const load = await Load.start(stage.port("by-count"));
  // 800 lanes: the share strays by one point (one standard deviation).
  const near = (share: number, wanted: number) => {
    assert.ok(Math.abs(share - wanted) < 7, `v2 got ${share} % instead of ${wanted} %`);
  };
  near(await load.share("v2", 800), 10);
  await setWeights(10, 90);
  near(await load.share("v2", 800), 90);
  await setWeights(0, 100);
  await load.only("v2", 100);
  assert.equal(await load.share("v2", 300), 100, "a weight of 0 gets nothing");
  await load.finish();
  await stage.counts("by-count", {
    ...{ connections: 1, requests: load.calls, responses: load.calls },
    ...{ lanes_opened: load.calls, error_replies: 0, lanes_failed: 0 },
  });
});

test("a route that refuses, and new endpoints, are taken over under load", async () => {
  const load = await Load.start(stage.port("by-count"));
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
