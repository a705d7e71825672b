/** What is made of protocols that Envoy's own filters serve. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { clustersOf } from "../../../scripts/protocol/emit/clusters.js";
import { dynamicFiles } from "../../../scripts/protocol/emit/dynamic.js";
import { listenerOf } from "../../../scripts/protocol/emit/listeners.js";
import { plain } from "../../../scripts/protocol/emit/notes.js";
import type { ApplicationProtocol } from "../../../scripts/protocol/model.js";
import { document, mistakes, protocolOf } from "./support.js";

const one = [{ name: "v1", endpoints: ["127.0.0.1:20881", "127.0.0.1:20882"] }];
const user = { name: "users", match: [{ key: "key", prefix: "user:" }], to: [{ subset: "v1" }] };
const rest = { name: "rest", to: [{ subset: "v2" }] };
const [V1, V2] = ["greeter.example|20880|v1", "greeter.example|20880|v2"];

interface Filter {
  name: string;
  typed_config: Record<string, unknown>;
}

/** The only filter of the only listener. */
function filterOf(protocol: ApplicationProtocol): Filter {
  const [service] = protocol.services;
  assert.ok(service);
  const listener = plain(listenerOf(protocol, service, { wasm: "a.wasm", accessLog: "stdout" }));
  const { filter_chains } = listener as { filter_chains: { filters: Filter[] }[] };
  const [filter, ...more] = filter_chains[0]?.filters ?? [];
  assert.ok(filter);
  assert.deepEqual(more, []);
  return filter;
}

const clusters = (protocol: ApplicationProtocol) =>
  clustersOf([protocol]).map(plain) as Record<string, unknown>[];

describe("redis", () => {
  it("has redis_proxy alone, a route for each prefix, and keys hashed over the servers", () => {
    const protocol = protocolOf({ protocol: "redis" }, { routes: [user, rest] });
    const { name, typed_config } = filterOf(protocol);
    assert.equal(name, "envoy.filters.network.redis_proxy");
    assert.deepEqual(typed_config.prefix_routes, {
      routes: [{ prefix: "user:", cluster: V1 }],
      catch_all_route: { cluster: V2 },
    });
    assert.ok(!("protocol_version" in typed_config), "older Envoys don't know it");
    for (const cluster of clusters(protocol)) {
      assert.equal(cluster.lb_policy, "MAGLEV");
      assert.ok(!("upstream_config" in cluster) && !("outlier_detection" in cluster));
    }
  });

  it("has no catch-all where no route takes everything", () => {
    const { typed_config } = filterOf(protocolOf({ protocol: "redis" }, { routes: [user] }));
    assert.deepEqual(typed_config.prefix_routes, { routes: [{ prefix: "user:", cluster: V1 }] });
  });

  it("says version, timeout and password to redis_proxy, the password to the cluster, too", () => {
    const redis = { resp: 3, timeoutSeconds: 9, passwordFile: "/run/secret" };
    const protocol = protocolOf({ protocol: "redis", redis }, { subsets: one });
    const { typed_config } = filterOf(protocol);
    assert.equal(typed_config.protocol_version, "RESP3");
    assert.equal((typed_config.settings as { op_timeout: string }).op_timeout, "9s");
    assert.deepEqual(typed_config.downstream_auth_passwords, [{ filename: "/run/secret" }]);
    const options = clusters(protocol)[0]?.typed_extension_protocol_options;
    assert.match(JSON.stringify(options), /"auth_password":{"filename":"\/run\/secret"}/);
  });

  it("takes what its longest prefix says, if longer ones come first", () => {
    const vip = { ...user, name: "vip", match: [{ key: "key", prefix: "user:vip:" }] };
    const spec = { protocol: "redis" };
    assert.deepEqual(mistakes(document(spec, { routes: [vip, user, rest] })), []);
    assert.match(mistakes(document(spec, { routes: [user, vip] })).join(), /is never reached/);
  });
});

describe("kafka, and redis in mode connection", () => {
  for (const spec of [{ protocol: "kafka" }, { protocol: "redis", mode: "connection" }]) {
    it(`${spec.protocol} has tcp_proxy alone, to the one subset`, () => {
      const protocol = protocolOf(spec, { subsets: one });
      assert.equal(protocol.mode, "connection");
      const { name, typed_config } = filterOf(protocol);
      assert.equal(name, "envoy.filters.network.tcp_proxy");
      assert.equal(typed_config.cluster, V1);
      assert.ok("access_log" in typed_config);
      assert.equal(clusters(protocol)[0]?.lb_policy, "LEAST_REQUEST");
    });
  }

  it("go to the subset that the only route names", () => {
    const protocol = protocolOf({ protocol: "kafka" }, { routes: [rest] });
    assert.equal(filterOf(protocol).typed_config.cluster, V2);
  });

  it("have no files of routes or plugins that Envoy watches", () => {
    const model = [protocolOf({ protocol: "kafka" }, { subsets: one })];
    assert.deepEqual(dynamicFiles(model, { directory: "/d", wasm: "/w" }).rules, []);
  });
});
