/**
 * Mode lanes: what changes by xDS while calls run is followed within `maxAgeSeconds` on the same
 * connection. What is taken away costs no call: Envoy leaves a lane's connection to a server
 * alone when the server's cluster or endpoint goes, and the lane retires with age.
 */
import assert from "node:assert/strict";
import { renameSync, rmSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Service } from "../../scripts/protocol/model.js";
import { DubboServer } from "../support/dubbo.js";
import { Envoy } from "../support/envoy.js";
import { until } from "../support/wait.js";
import { HoldingServer } from "./support/holding.js";
import { Load } from "./support/load.js";
import { Stage } from "./support/stage.js";
import { printed } from "./support/static.js";

const lanes = { maxAgeSeconds: 1 };
/** Milliseconds from a change to its effect: `maxAgeSeconds`, the filter's clock, a busy machine. */
const LIMIT = 1_000 + 1_000;

/** For each of the tests that take a server away, the one to go; `fresh` takes over. */
let old: Record<"clusters" | "endpoints" | "eds", HoldingServer>;
let stays: DubboServer;
let fresh: DubboServer;
let stage: Stage;
/** Ends when the last change has been taken over: they are made one after the other. */
let changed: Promise<unknown> = Promise.resolve();

before(async () => {
  const holding = () => HoldingServer.start("v1");
  old = { clusters: await holding(), endpoints: await holding(), eds: await holding() };
  stays = await DubboServer.start({ tag: "v1" });
  fresh = await DubboServer.start({ tag: "v2" });
  const both = { v1: stays.port, v2: fresh.port };
  const routes = [{ to: [{ subset: "v1" }] }];
  stage = await Stage.start([
    { name: "match", lanes, subsets: both, routes },
    { name: "weights", lanes, subsets: both, routes },
    { name: "clusters", lanes, subsets: { v1: old.clusters.port }, routes },
    { name: "endpoints", lanes, subsets: { v1: old.endpoints.port }, routes },
  ]);
});

after(async () => {
  await stage?.stop();
  await Promise.all(Object.values(old).map((server) => server.close()));
  await Promise.all([stays, fresh].map((server) => server.close()));
});

/** Changes the service of `name`; when Envoy had taken it over. */
function change(name: string, edit: (service: Service) => void): Promise<number> {
  const taken = changed.then(async () => {
    edit(stage.model.find((protocol) => protocol.name === name)!.services[0]!);
    assert.ok((await stage.envoy.update(stage.model)).length > 0);
    return performance.now();
  });
  changed = taken.catch(() => undefined); // told by whoever made it
  return taken;
}

/** Connects and calls until v1 alone has answered for a while. */
async function begin(port: number, method?: string): Promise<Load> {
  const load = await Load.start(port, method === undefined ? {} : { method });
  await load.only("v1", 100);
  return load;
}

/** Whether no call failed, and the filter says so, too. */
async function finish(name: string, ...loads: Load[]): Promise<void> {
  for (const load of loads) await load.finish();
  await stage.counts(name, { connections: loads.length, error_replies: 0, lanes_failed: 0 });
}

/** Takes the old server away while it has calls in flight: these finish, others go to the new. */
async function takeAway(
  holding: HoldingServer,
  load: Load,
  remove: () => Promise<number>,
): Promise<void> {
  const { answered } = await holding.hold(load.client, 5);
  const since = await remove();
  await load.followed("v2", since, LIMIT);
  assert.ok(holding.server.open > 0, "the lane of the calls in flight still stands");
  await answered();
  // The next call of the same key finds its lane too old; that one ends, and its connection.
  assert.equal((await load.client.call({ method: "held", args: ["x"] })).value, "v2:x");
  await until(() => holding.server.open === 0, {
    what: "end of the connections to the old server",
  });
}

describe("changes under load", { concurrency: true }, () => {
  test("a route that matches something else is followed, others stay where they were", async () => {
    const moving = await begin(stage.port("match"));
    const staying = await begin(stage.port("match"), "other");
    const since = await change("match", ({ routes }) => {
      const match = [{ key: "method", exact: "hello" }];
      routes.unshift({ name: "moved", match, to: [{ subset: "v2", weight: 1 }] });
    });
    await moving.followed("v2", since, LIMIT);
    assert.equal(await staying.share("v1", 100), 100);
    const back = await change("match", ({ routes }) => {
      routes[0]!.match[0]!.exact = "other";
    });
    await Promise.all([moving.followed("v1", back, LIMIT), staying.followed("v2", back, LIMIT)]);
    await finish("match", moving, staying);
  });

  test("weights of 100/0 that become 0/100 are followed", async () => {
    const weigh = (v1: number, v2: number) =>
      change("weights", ({ routes }) => {
        routes[0]!.to = [
          { subset: "v1", weight: v1 },
          { subset: "v2", weight: v2 },
        ];
      });
    await weigh(100, 0);
    const load = await begin(stage.port("weights"));
    await load.followed("v2", await weigh(0, 100), LIMIT);
    await finish("weights", load);
  });

  test("a cluster that is removed finishes its calls; the added one gets the new ones", async () => {
    const load = await begin(stage.port("clusters"));
    const clusters = () => stage.envoy.admin("/clusters");
    await takeAway(old.clusters, load, async () => {
      const since = await change("clusters", (service) => {
        service.subsets = [{ name: "v2", endpoints: [`127.0.0.1:${fresh.port}`] }];
        service.routes[0]!.to = [{ subset: "v2", weight: 1 }];
      });
      await until(async () => !/^clusters\.example\|\d+\|v1::/m.test(await clusters()));
      return since;
    });
    await finish("clusters", load);
  });

  test("an endpoint that is removed finishes its calls; the new one gets the others", async () => {
    const load = await begin(stage.port("endpoints"));
    await takeAway(old.endpoints, load, () =>
      change("endpoints", ({ subsets }) => {
        subsets[0]!.endpoints = [`127.0.0.1:${fresh.port}`];
      }),
    );
    await finish("endpoints", load);
  });

  test("the same by EDS, which takes hosts out of a cluster that stays", async () => {
    const { config, ports } = await printed([
      { name: "eds", lanes, subsets: { v1: old.eds.port } },
    ]);
    const cluster = config.static_resources.clusters[0] as Record<string, unknown>;
    const directory = mkdtempSync(join(tmpdir(), "argot-eds-"));
    const path = join(directory, "endpoints.json");
    const write = (port: number) => {
      const address = { socket_address: { address: "127.0.0.1", port_value: port } };
      const assignment = {
        "@type": "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment",
        cluster_name: cluster.name,
        endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }],
      };
      writeFileSync(`${path}.new`, JSON.stringify({ resources: [assignment] }));
      renameSync(`${path}.new`, path);
    };
    write(old.eds.port);
    delete cluster.load_assignment;
    cluster.type = "EDS";
    cluster.eds_cluster_config = {
      eds_config: { path_config_source: { path }, resource_api_version: "V3" },
    };
    const envoy = await Envoy.start({ ...config, node: { id: "test", cluster: "test" } });
    try {
      const load = await begin(ports[0]!);
      await takeAway(old.eds, load, async () => {
        write(fresh.port);
        await envoy.until(
          async () => !(await envoy.admin("/clusters")).includes(`:${old.eds.port}::`),
        );
        return performance.now();
      });
      await load.finish();
    } finally {
      await envoy.stop();
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
