/** Servers that leave, and an Envoy that drains, while Dubbo's own clients call without a pause. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { LaneLimits } from "../../scripts/protocol/model.js";
import { canHotRestart, HotRestarts } from "../e2e/support/hot-restart.js";
import { modelOf, Stage, type Setup } from "../e2e/support/stage.js";
import { filtersOf, printed } from "../e2e/support/static.js";
import { until } from "../support/wait.js";
import { argotStats } from "../e2e/support/stats.js";
import { Caller } from "./support/caller.js";
import { skipFor } from "./support/cases.js";
import { dubbo } from "./support/dubbo.js";
import { Client, Server } from "./support/peer.js";

const canRestart = await canHotRestart();

async function serverOf(t: TestContext, version: string, name: string): Promise<Server> {
  const server = await Server.start(dubbo(version).server, name);
  t.after(() => server.stop());
  return server;
}

async function clientOf(t: TestContext, version: string, ...ports: number[]): Promise<Client> {
  // With it, a client of 3.x would not call a server that said READONLY, even if it has no other.
  const options = ports.length === 1 ? ["cluster.availablecheck=false"] : [];
  const client = await Client.start(dubbo(version, ...options).client, ...ports);
  t.after(() => client.stop());
  return client;
}

/**
 * A server that is to leave and one that stays behind an Envoy, and a client that both answer.
 * @param lanes besides `spread`
 */
async function pair(t: TestContext, version: string, lanes: LaneLimits = {}) {
  const leaves = await serverOf(t, version, "leaves");
  const stays = await serverOf(t, version, "stays");
  const setup: Setup = {
    ...{ name: "pair", lanes: { spread: 4, ...lanes } },
    subsets: { v1: [leaves.port, stays.port] },
  };
  const stage = await Stage.start([setup], 1);
  t.after(() => stage.stop());
  const client = await clientOf(t, version, stage.port("pair"));
  const caller = await Caller.start(client);
  await caller.some("leaves:");
  return { leaves, stays, stage, setup, client, caller };
}

/** An Envoy in front of `server`, which others can take over. */
async function restartable(t: TestContext, server: Server) {
  const setup = { name: "drains", lanes: { maxAgeSeconds: 1 }, subsets: { v1: server.port } };
  const { config, ports } = await printed([setup]);
  filtersOf(config)[1]!.typed_config.drain_timeout = "1s";
  const args = ["--drain-time-s", "3", "--parent-shutdown-time-s", "4"];
  args.push("--drain-strategy", "immediate");
  const envoys = await HotRestarts.start(config, { args, concurrency: 1 });
  t.after(() => envoys.stop());
  return { envoys, port: ports[0]! };
}

/** The client makes 500 more calls, none of which fails. */
async function callsOn(client: Client): Promise<void> {
  const caller = await Caller.start(client);
  await caller.stop();
  assert.deepEqual(caller.kinds, {}, "later calls");
}

for (const version of ["2.7.23", "3.3.2"]) {
  const skip = await skipFor(dubbo(version).server);
  const restart = { skip: skip || (!canRestart && "this Envoy can't hot restart") };

  test(`dubbo ${version}: a server taken out and stopped loses no call`, { skip }, async (t) => {
    const { leaves, stays, stage, setup, caller } = await pair(t, version, { maxAgeSeconds: 1 });
    await stage.envoy.update(modelOf([{ ...setup, subsets: { v1: stays.port } }]));
    await caller.only("stays:");
    await leaves.terminate();
    await caller.more(500);
    await caller.stop();
    assert.deepEqual(caller.kinds, {});
  });

  test(`dubbo ${version}: the client calls on when a server stops`, { skip }, async (t) => {
    // Lanes that last: without one to the server nobody hears what it says when it stops.
    const { leaves, stage, client, caller } = await pair(t, version);
    await leaves.terminate();
    await caller.only("stays:");
    await caller.stop();
    t.diagnostic(caller.report);
    await callsOn(client);
    // What a stopping server refuses, and the calls whose lane it closed unanswered.
    const known =
      /Not found exported service|argot: the (server closed the connection|connection to the server broke)/;
    for (const kind of Object.keys(caller.kinds)) assert.match(kind, known);
    assert.ok(caller.failed.length < 0.02 * caller.answered, caller.report);
    // The filter carries its counts to Envoy every half second.
    const stats = await until(
      async () => {
        const stats = await argotStats(stage.envoy, "pair");
        return stats.upstream_goodbyes! > 0 ? stats : undefined;
      },
      { what: "READONLY of the server" },
    );
    assert.deepEqual([stats.connections, stats.goodbyes], [1, 0], "the client hears none of it");
  });

  const drains = `dubbo ${version}: an Envoy that drains`;
  // 2.7.23 can't have two addresses without a registry: each call throws a ClassCastException.
  if (version !== "2.7.23") {
    test(`${drains} loses no call of a client with two addresses`, restart, async (t) => {
      const { envoys, port } = await restartable(t, await serverOf(t, version, "drains"));
      const other = await serverOf(t, version, "other");
      const caller = await Caller.start(await clientOf(t, version, port, other.port));
      await envoys.restart();
      await caller.more(500);
      await caller.stop();
      assert.deepEqual(caller.kinds, {});
    });
  }

  test(`${drains} is left by a client with one address`, restart, async (t) => {
    const { envoys, port } = await restartable(t, await serverOf(t, version, "v1"));
    const client = await clientOf(t, version, port);
    const caller = await Caller.start(client);
    await envoys.restart();
    await caller.more(500);
    await caller.stop();
    t.diagnostic(caller.report);
    await callsOn(client);
    // It never pauses: what it sends while the connection closes is lost, and no server saw it.
    assert.ok(caller.failed.length < 0.005 * caller.answered, caller.report);
  });
}
