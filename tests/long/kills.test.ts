/**
 * 1,000 kills of servers and their connections under load: every call gets exactly one answer, its
 * own response or an error reply; afterwards all is as it was.
 *
 * ARGOT_SEED repeats what is killed and how, though not at which byte.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { clusterStat, argotStats } from "../e2e/support/stats.js";
import { Stage } from "../e2e/support/stage.js";
import type { Call } from "../support/dubbo.js";
import { FrailServer, KILLS } from "../support/frail.js";
import { Load } from "../support/load.js";
import { numbers } from "../support/random.js";
import { until } from "../support/wait.js";

const SEED = Number(process.env.ARGOT_SEED ?? Date.now() % 1_000_000_000);
const MOST_KILLS = 1_000;
/** From one kill to the next: up to so many milliseconds. */
const PAUSE = 60;
const SERVERS = 4;
const CLIENTS = 6;
const DEPTH = 16;
const KEYS: Call[] = ["demo.A", "demo.B", "demo.C"].flatMap((service) =>
  ["one", "two"].map((method) => ({ service, method })),
);
/** In a row, and without an error, before the servers count as healthy again. */
const HEALTHY = 2_000;

const pick = numbers(SEED);
const LISTENERS = [
  { name: "one", lanes: { spread: 1 } },
  { name: "four", lanes: { spread: 4, maxRequests: 500 } },
];

let servers: FrailServer[] = [];
let stage: Stage;

before(async () => {
  servers = await Promise.all(Array.from({ length: SERVERS }, () => FrailServer.start(pick)));
  const subsets = { all: servers[0]!.port };
  stage = await Stage.start(LISTENERS.map((listener) => ({ ...listener, subsets })));
  for (const { services } of stage.model) {
    services[0]!.subsets[0]!.endpoints = servers.map(({ port }) => `127.0.0.1:${port}`);
  }
  await stage.envoy.update(stage.model);
});

after(async () => {
  await stage?.stop();
  await Promise.all(servers.map((server) => server.close()));
});

const killed = (kind: (typeof KILLS)[number]) =>
  servers.reduce((sum, { kills }) => sum + kills[kind], 0);
const kills = () => KILLS.reduce((sum, kind) => sum + killed(kind), 0);

/** Kills at random moments until it is enough; a whole server one time in ten. */
async function kill(): Promise<void> {
  while (kills() < MOST_KILLS) {
    const kind = pick(10) === 0 ? "down" : KILLS[pick(KILLS.length - 1)]!;
    servers[pick(SERVERS)]!.kill(kind);
    await sleep(pick(PAUSE));
  }
  await Promise.all(servers.map((server) => server.up()));
}

/** Waits until so many calls in a row were answered without an error. */
async function healthy(load: Load): Promise<void> {
  let failed = -1;
  let from = 0;
  const recovered = () => {
    if (load.failed !== failed) {
      failed = load.failed;
      from = load.tally.answered;
    }
    return load.tally.answered - from >= HEALTHY;
  };
  await until(recovered, { what: `${HEALTHY} good answers in a row`, timeout: 30_000 });
}

test(`${MOST_KILLS} kills under load, seed ${SEED}`, { timeout: 180_000 }, async (t) => {
  const options = { clients: CLIENTS, depth: DEPTH, calls: KEYS };
  const loads = await Promise.all(
    LISTENERS.map(({ name }) => Load.start({ port: stage.port(name), ...options })),
  );
  await kill();
  await Promise.all(loads.map(healthy));
  t.diagnostic(`killed: ${KILLS.map((kind) => `${kind} ${killed(kind)}`).join(", ")}`);

  for (const [i, { name }] of LISTENERS.entries()) {
    const load = loads[i]!;
    const { sent, answered, errors, faults } = await load.stop();
    const told = Array.from(errors, ([message, count]) => `${count} × "${message}"`);
    t.diagnostic(`${name}: ${answered} of ${sent} calls answered; ${told.join("; ")}`);
    assert.deepEqual(faults, []);
    assert.equal(answered + load.failed, sent, "each call got one answer");
    assert.ok(load.failed > 0, "no kill met a call");
    await stage.counts(name, {
      ...{ requests: sent, responses: answered, error_replies: load.failed },
      ...{ requests_refused: 0, responses_unexpected: 0, frames_dropped: 0 },
      ...{ connections: CLIENTS, connections_active: 0, lanes_active: 0 },
    });
    const { lanes_opened = 0, lanes_failed = 0 } = await argotStats(stage.envoy, name);
    t.diagnostic(`${name}: ${lanes_opened} lanes, of which ${lanes_failed} failed`);
    assert.ok(lanes_failed > 0 && lanes_failed <= lanes_opened);
    const active = () => clusterStat(stage.envoy, name, "upstream_cx_active");
    await until(async () => (await active()) === 0, { what: "end of the upstream connections" });
  }
  await until(() => servers.every(({ open }) => open === 0), { what: "end at the servers" });
});
