/** Mode lanes, default settings: requests, not connections, are split as the weights say. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";
import { after, before, describe, test } from "node:test";
import { run } from "../bench/node/caller.js";
import { echoServer } from "../bench/node/echo.js";
import { Stage } from "./support/stage.js";

const REQUESTS = 20_000;
const CONNECTIONS = 8;
/** Requests in flight on each connection. */
const DEPTHS = [1, 4, 32];
/** Percentage points by which a subset's share may be off. */
const TOLERANCE = 2;
/** In percent, by subset. */
const SPLITS = { two: { v1: 80, v2: 20 }, three: { v1: 50, v2: 30, v3: 20 } } as const;

const servers = new Map<string, Server>();
const calls = new Map<string, number>();

before(async () => {
  for (const subset of ["v1", "v2", "v3"]) {
    const count = (more: number) => calls.set(subset, (calls.get(subset) ?? 0) + more);
    const server = echoServer(count).listen(0, "127.0.0.1");
    await once(server, "listening");
    servers.set(subset, server);
  }
});

after(() => servers.forEach((server) => server.close()));

const portOf = (subset: string): number => (servers.get(subset)?.address() as AddressInfo).port;

/** What a user writes who says nothing about lanes. */
function setups() {
  return Object.entries(SPLITS).map(([name, split]) => ({
    name,
    lanes: "default" as const,
    subsets: Object.fromEntries(Object.keys(split).map((subset) => [subset, portOf(subset)])),
    routes: [{ name, to: Object.entries(split).map(([subset, weight]) => ({ subset, weight })) }],
  }));
}

/** Sends all requests over new connections. */
async function load(port: number, depth: number): Promise<void> {
  calls.clear();
  const plan = { host: "127.0.0.1", port, depth, payload: 16, from: 0, to: Infinity };
  const each = { ...plan, requests: REQUESTS / CONNECTIONS };
  const tallies = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => run(each, () => undefined)),
  );
  for (const { error, errors } of tallies) assert.equal(errors, 0, error);
}

for (const workers of [1, 2]) {
  describe(`with ${workers} worker${workers > 1 ? "s" : ""}`, () => {
    let stage: Stage;
    before(async () => (stage = await Stage.start(setups(), workers)));
    after(() => stage.stop());

    for (const [name, split] of Object.entries(SPLITS)) {
      for (const depth of DEPTHS) {
        const wanted = Object.values(split).join("/");
        test(`${wanted} of ${REQUESTS} requests, ${CONNECTIONS} × ${depth} in flight`, async (t) => {
          await load(stage.port(name), depth);
          const counts = Object.keys(split).map((subset) => calls.get(subset) ?? 0);
          assert.equal(
            counts.reduce((sum, count) => sum + count),
            REQUESTS,
            "each came once",
          );
          const shares = counts.map((count) => (100 * count) / REQUESTS);
          const off = Math.max(...Object.values(split).map((w, i) => Math.abs(shares[i]! - w)));
          const is = shares.map((share) => share.toFixed(1)).join("/");
          t.diagnostic(`off by ${off.toFixed(2)} points`);
          assert.ok(off <= TOLERANCE, `${is}: off by ${off.toFixed(1)} points`);
        });
      }
    }
  });
}
