/** Listeners change under load, and Envoy drains what they were. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { findEnvoy } from "../../scripts/envoy/find.js";
import { startEnvoy } from "../../scripts/protocol/run.js";
import { Smooth } from "../e2e/support/smooth.js";
import { modelOf, wasm } from "../e2e/support/stage.js";

const UPDATES = Number(process.env.ARGOT_UPDATES ?? "100");
/**
 * Seconds, in which many updates follow: many drain at a time. Long enough for clients that are not
 * told, with the drain_timeout that is emitted.
 */
const DRAIN = "17";

test(`${UPDATES} listener updates under load lose no call`, async (t) => {
  const smooth = await Smooth.start();
  t.after(() => smooth.close());
  const setups = smooth.setups;
  const envoy = await startEnvoy({
    model: modelOf(setups),
    envoy: (await findEnvoy()).path,
    wasm,
    concurrency: 2,
    freePorts: true,
    accessLog: "/dev/null",
    args: ["--drain-time-s", DRAIN, "--drain-strategy", "immediate"],
  });
  t.after(() => envoy.stop());

  const [told = 0, untold = 0] = [...envoy.ports.values()];
  smooth.call({ told, untold });
  for (let i = 1; i <= UPDATES; i++) {
    // The access log's format has a field for each key: another listener.
    for (const setup of setups) {
      const keys = setup.protocol === "awesomerpc" ? ["method"] : ["service", "method"];
      setup.routeOn = i % 2 === 1 ? [...keys, "version"] : keys;
    }
    const changed = await envoy.update(modelOf(setups));
    assert.ok(changed.includes("listeners"), changed.join());
    await smooth.told(i);
    await smooth.more(1000);
  }
  for (const report of await smooth.finish(UPDATES)) t.diagnostic(report);
});
