/** A wrong plugin configuration keeps the plugin from loading, and Envoy's log names the field. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DubboClient, DubboServer } from "../support/dubbo.js";
import { Envoy } from "../support/envoy.js";
import { until } from "../support/wait.js";
import { Stage } from "./support/stage.js";
import { filtersOf, printed } from "./support/static.js";

const lanes = { protocol: "dubbo", mode: "lanes" };
const clusters = [{ name: "c" }];
const rules = (...list: unknown[]) => ({
  ...{ protocol: "dubbo", mode: "connection", routeOn: ["service", "method"] },
  connection: { rules: list },
});
const matches = (...match: unknown[]) => rules({ match, clusters });

/** A configuration, and what Envoy's log has to say of it. */
const WRONG: [configuration: unknown, says: string][] = [
  ["", "protocol: is missing"],
  ["{ protocol: dubbo }", "configuration: is not JSON"],
  [{ mode: "lanes" }, "protocol: is missing"],
  [{ ...lanes, protocol: "corba" }, 'protocol: "corba" is not known'],
  [{ ...lanes, mode: "both" }, 'mode: "both" is not known'],
  [{ ...lanes, rootOn: [] }, "rootOn: unknown field"],
  [{ ...lanes, routeOn: ["service", "user"] }, "routeOn[1]: must be"],
  [{ ...lanes, routeOn: ["service", "service"] }, "routeOn[1]: is there twice"],
  [{ ...lanes, maxFrameBytes: 10 }, "maxFrameBytes: must be a whole number from 1024"],
  [{ ...lanes, lanes: { maxRequests: "4" } }, "lanes.maxRequests: must be a whole number"],
  [{ ...lanes, connection: { rules: [] } }, "connection: belongs to mode connection"],
  [{ protocol: "dubbo", mode: "connection" }, "connection: is missing"],
  [rules(), "connection.rules: needs at least one rule"],
  [rules({}), "connection.rules[0].clusters: needs a cluster"],
  [rules({ clusters: [{ name: "c", weight: 0 }] }), "rules[0].clusters: needs a cluster"],
  [matches({ key: "group", exact: "x" }), 'match[0].key: "group" is not in routeOn'],
  [matches({ key: "method", exact: "x", prefix: "y" }), "match[0]: needs exactly one of"],
  [
    matches({ key: "method", exact: "x" }, { key: "method", regex: "a(b" }),
    "connection.rules[0].match[1].regex: missing )",
  ],
];

const open: { stop(): Promise<void> }[] = [];
after(() => Promise.all(open.map((envoy) => envoy.stop())));

test("Envoy does not start with a wrong configuration, and says which field it is", async (t) => {
  const { config } = await printed([{ name: "wrong", subsets: { v1: 9 } }]);
  const plugin = filtersOf(config)[0]!.typed_config.config!.configuration;
  for (const [configuration, says] of WRONG) {
    const text = typeof configuration === "string" ? configuration : JSON.stringify(configuration);
    await t.test(text === "" ? "(empty)" : text, async () => {
      plugin.value = text;
      const envoy = await Envoy.spawn(config, { logLevel: "warning" });
      open.push(envoy);
      await until(() => envoy.exited, { what: "end of Envoy" });
      const [, said] = /argot: plugin configuration: (.*)/.exec(envoy.log()) ?? [];
      assert.ok(said?.includes(says), `"${said}" does not say "${says}":\n${envoy.log()}`);
    });
  }
});

test("Envoy refuses a wrong change while it runs, and goes on as before", async () => {
  const server = await DubboServer.start({ tag: "v1" });
  open.push({ stop: () => server.close() });
  const stage = await Stage.start([{ name: "live", subsets: { v1: server.port } }], 1);
  open.push(stage);
  const client = await DubboClient.connect(stage.port("live"));
  assert.equal((await client.call({ args: ["1"] })).value, "v1:1");

  const wrong = structuredClone(stage.model);
  wrong[0]!.lanes = { maxAgeSeconds: -1 };
  await assert.rejects(stage.envoy.update(wrong), /lanes\.maxAgeSeconds: must be/);

  assert.equal((await client.call({ args: ["2"] })).value, "v1:2");
  const other = await DubboClient.connect(stage.port("live"));
  assert.equal((await other.call({ args: ["3"] })).value, "v1:3");
  for (const each of [client, other]) each.close();
});
