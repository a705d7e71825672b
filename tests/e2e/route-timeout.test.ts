/** What Envoy's timeout of a route is to lanes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DubboClient, DubboServer } from "../support/dubbo.js";
import { Envoy } from "../support/envoy.js";
import { filtersOf, printed } from "./support/static.js";

interface Routes {
  virtual_hosts: { routes: { route: { timeout: string } }[] }[];
}

test("a route's timeout limits no call, on a lane that ends neither", async (t) => {
  const server = await DubboServer.start({ tag: "v1", delay: 2_500 });
  t.after(() => server.close());
  const lanes = { maxAgeSeconds: 1 }; // over while the call waits
  const { config, ports } = await printed([{ name: "timed", lanes, subsets: { v1: server.port } }]);
  const { virtual_hosts } = filtersOf(config)[1]!.typed_config.route_config as Routes;
  virtual_hosts[0]!.routes[0]!.route.timeout = "0.5s";
  const envoy = await Envoy.start(config);
  t.after(() => envoy.stop());
  const client = await DubboClient.connect(ports[0]!);
  t.after(() => client.close());
  assert.equal((await client.call({ args: ["x"] })).value, "v1:x");
  server.delay = 0;
  assert.equal((await client.call({ args: ["y"] })).value, "v1:y");
});
