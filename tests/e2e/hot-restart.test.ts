/** An Envoy is replaced by another one under load: consumers that hear the goodbye lose no call. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DubboServer } from "../support/dubbo.js";
import { until } from "../support/wait.js";
import { Consumer, dubbo } from "./support/consumer.js";
import { canHotRestart, HotRestarts } from "./support/hot-restart.js";
import { filtersOf, printed } from "./support/static.js";

const skip = !(await canHotRestart());

test("a hot restart under load loses no call", { skip }, async (t) => {
  const server = await DubboServer.start({ tag: "v1", delay: 5 });
  t.after(() => server.close());
  const lanes = { maxAgeSeconds: 1 };
  const { config, ports } = await printed([
    { name: "greeter", lanes, subsets: { v1: server.port } },
  ]);
  filtersOf(config)[1]!.typed_config.drain_timeout = "1s";
  const args = ["--drain-time-s", "3", "--parent-shutdown-time-s", "4"];
  args.push("--drain-strategy", "immediate");
  const envoys = await HotRestarts.start(config, { args, concurrency: 2 });
  t.after(() => envoys.stop());

  const consumer = new Consumer({
    open: dubbo,
    port: ports[0]!,
    tag: "v1",
    connections: 4,
    depth: 8,
  });
  await until(() => consumer.answered > 500, { what: "answers of the first Envoy" });
  await envoys.restart();
  const after = consumer.answered;
  await until(() => consumer.answered > after + 500, { what: "answers of the second Envoy" });
  await consumer.stop();
  t.diagnostic(consumer.report);
  assert.deepEqual([consumer.lost, consumer.refused, consumer.wrong], [0, 0, []]);
  assert.deepEqual([consumer.goodbyes, consumer.ends], [4, 0], "each connection was told once");
  assert.equal(server.calls, consumer.answered, "calls that servers got");
});
