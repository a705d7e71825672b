/** Envoy after Envoy takes over under load. */
import { test } from "node:test";
import { canHotRestart, HotRestarts } from "../e2e/support/hot-restart.js";
import { Smooth } from "../e2e/support/smooth.js";
import { filtersOf, printed } from "../e2e/support/static.js";

const RESTARTS = Number(process.env.ARGOT_RESTARTS ?? "20");
const skip = !(await canHotRestart());

test(`${RESTARTS} hot restarts under load lose no call`, { skip }, async (t) => {
  const smooth = await Smooth.start();
  t.after(() => smooth.close());
  const { config, ports } = await printed(smooth.setups);
  // Shorter than it should be, for clients that are not told to be closed before an Envoy ends.
  for (const i of [0, 1]) filtersOf(config, i)[1]!.typed_config.drain_timeout = "0.3s";
  const args = ["--drain-time-s", "7", "--parent-shutdown-time-s", "8"];
  args.push("--drain-strategy", "immediate");
  const envoys = await HotRestarts.start(config, { args, concurrency: 2 });
  t.after(() => envoys.stop());

  smooth.call({ told: ports[0]!, untold: ports[1]! });
  while (envoys.count < RESTARTS) {
    await smooth.more(500);
    await envoys.restart();
  }
  for (const report of await smooth.finish(RESTARTS)) t.diagnostic(report);
});
