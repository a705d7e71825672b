/** Each part of the Envoy configuration that is made of a model. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { envoyJson, envoyYaml } from "../../../scripts/protocol/emit/bootstrap.js";
import { clustersOf } from "../../../scripts/protocol/emit/clusters.js";
import { dynamicFiles } from "../../../scripts/protocol/emit/dynamic.js";
import { listenerOf, wasmConfig } from "../../../scripts/protocol/emit/listeners.js";
import { clusterName, listenerName } from "../../../scripts/protocol/emit/names.js";
import { noted, plain, toYaml } from "../../../scripts/protocol/emit/notes.js";
import { pluginConfiguration } from "../../../scripts/protocol/emit/plugin.js";
import { routesOf } from "../../../scripts/protocol/emit/routes.js";
import { headerOf, headerValueOf } from "../../../scripts/protocol/headers.js";
import type { ApplicationProtocol, Service } from "../../../scripts/protocol/model.js";
import { checkSchema } from "../../../scripts/protocol/schema.js";
import { Vm } from "../../host/vm.js";
import { document, modelOf, protocolOf } from "./support.js";

const ROUTE_ON = { routeOn: ["service", "method", "attachment.user"] };
const to = [{ subset: "v1" }];

function only(protocol: ApplicationProtocol): Service {
  const [service] = protocol.services;
  assert.ok(service);
  return service;
}

interface EnvoyRoute {
  name: string;
  match: { prefix: string; headers?: unknown[] };
  route?: { retry_policy?: { retry_on: string } };
  direct_response?: unknown;
}

/** The routes that Envoy gets for these routes of a document. */
function routes(...list: object[]): EnvoyRoute[] {
  const protocol = protocolOf(ROUTE_ON, { routes: list });
  const { virtual_hosts } = plain(routesOf(protocol, only(protocol))) as {
    virtual_hosts: { domains: string[]; routes: EnvoyRoute[] }[];
  };
  assert.deepEqual(virtual_hosts[0]?.domains, ["greeter.example"]);
  return virtual_hosts[0].routes;
}

function headersFor(...match: object[]): unknown {
  return routes({ match, to })[0]?.match.headers;
}

describe("routes", () => {
  it("match each condition on the header of its key", () => {
    assert.deepEqual(headersFor({ key: "method", exact: "a" }), [
      { name: "x-argot-method", string_match: { exact: "a" } },
    ]);
    assert.deepEqual(headersFor({ key: "service", prefix: "org." }), [
      { name: "x-argot-service", string_match: { prefix: "org." } },
    ]);
    assert.deepEqual(headersFor({ key: "attachment.user", regex: "a+" }), [
      { name: "x-argot-attachment-user", string_match: { safe_regex: { regex: "a+" } } },
    ]);
    assert.deepEqual(headersFor({ key: "attachment.user", present: true }), [
      { name: "x-argot-attachment-user", present_match: true },
    ]);
  });

  it("invert a condition so that it holds where the key is absent", () => {
    assert.deepEqual(headersFor({ key: "method", exact: "a", invert: true }), [
      {
        name: "x-argot-method",
        string_match: { exact: "a" },
        invert_match: true,
        treat_missing_header_as_empty: true,
      },
    ]);
    assert.deepEqual(headersFor({ key: "method", present: true, invert: true }), [
      { name: "x-argot-method", present_match: true, invert_match: true },
    ]);
  });

  it("need all conditions, or none", () => {
    const both = headersFor({ key: "method", exact: "a" }, { key: "service", exact: "b" });
    assert.equal((both as unknown[]).length, 2);
    assert.deepEqual(routes({ to })[0]?.match, { prefix: "/" });
  });

  it("go to one cluster, or to several by weight, without a timeout", () => {
    const [one, several, none] = routes(
      { match: [{ key: "method", exact: "a" }], to },
      {
        match: [{ key: "method", exact: "b" }],
        to: [
          { subset: "v1", weight: 60 },
          { subset: "v2", weight: 20 },
        ],
      },
      {
        to: [
          { subset: "v1", weight: 0 },
          { subset: "v2", weight: 9 },
        ],
      },
    );
    const tells = (value: string) => ({
      response_headers_to_add: [{ header: { key: "x-argot-weight", value } }],
    });
    const common = { timeout: "0s", retry_policy: one?.route?.retry_policy };
    assert.equal(common.retry_policy?.retry_on, "connect-failure");
    assert.deepEqual(one?.route, { cluster: "greeter.example|20880|v1", ...common });
    assert.deepEqual(several?.route, {
      weighted_clusters: {
        header_name: "x-argot-random",
        clusters: [
          { name: "greeter.example|20880|v1", weight: 60, ...tells("0-60/80") },
          { name: "greeter.example|20880|v2", weight: 20, ...tells("60-80/80") },
        ],
      },
      ...common,
    });
    assert.deepEqual(none?.route, {
      weighted_clusters: {
        header_name: "x-argot-random",
        clusters: [
          { name: "greeter.example|20880|v1", weight: 0 },
          { name: "greeter.example|20880|v2", weight: 9, ...tells("0-9/9") },
        ],
      },
      ...common,
    });
  });

  it("refuse with a direct response", () => {
    const [route] = routes({ name: "no", refuse: { status: 429, message: "later" } });
    assert.equal(route?.name, "no");
    assert.deepEqual(route.direct_response, { status: 429, body: { inline_string: "later" } });
    assert.equal(route.route, undefined);
  });
});

describe("clusters", () => {
  const clusters = (spec: object, service: object = {}) =>
    clustersOf(modelOf(document(spec, service))).map((cluster) => plain(cluster)) as {
      name: string;
      type: string;
      upstream_config?: { name: string };
      load_assignment: { endpoints: { lb_endpoints: unknown[] }[] };
    }[];

  it("are one for each subset, raw TCP in mode lanes only", () => {
    const names = clusters({}).map(({ name }) => name);
    assert.deepEqual(names, ["greeter.example|20880|v1", "greeter.example|20880|v2"]);
    const [lanes] = clusters({});
    assert.equal(lanes?.upstream_config?.name, "envoy.filters.connection_pools.http.tcp");
    const [connection] = clusters({ mode: "connection" });
    assert.equal(connection?.upstream_config, undefined);
  });

  it("resolve names by DNS, and write IPv6 addresses without brackets", () => {
    const endpoints = ["[::1]:1", "host.example:2"];
    const [cluster] = clusters({}, { subsets: [{ name: "v1", endpoints }] });
    assert.equal(cluster?.type, "STRICT_DNS");
    const address = (address: string, port_value: number) => ({
      endpoint: { address: { socket_address: { address, port_value } } },
    });
    assert.deepEqual(cluster.load_assignment.endpoints[0]?.lb_endpoints, [
      address("::1", 1),
      address("host.example", 2),
    ]);
    assert.equal(clusters({})[0]?.type, "STATIC");
  });
});

describe("headers", () => {
  it("of keys are as the filter writes them", () => {
    assert.equal(headerOf("service"), "x-argot-service");
    assert.equal(headerOf("parameterTypes"), "x-argot-parameter-types");
    assert.equal(headerOf("attachment.User-Id_1.x"), "x-argot-attachment-user-id_1.x");
    assert.equal(headerOf("attachment.a b/ö"), "x-argot-attachment-a-b--");
  });

  it("carry control characters and outer spaces as %XX", () => {
    assert.equal(headerValueOf(" a b "), "%20a b%20");
    assert.equal(headerValueOf("a\n\x7f%ö"), "a%0A%7F%ö");
    assert.equal(headerValueOf(""), "");
  });
});

describe("plugin configuration", () => {
  const all = {
    ...ROUTE_ON,
    revision: "a-1.b_c",
    maxFrameBytes: 4096,
    maxMetadataBytes: 128,
    maxConnections: 7,
    lanes: { maxRequests: 1, maxAgeSeconds: 2, maxInFlight: 9, maxBufferedBytes: 65536 },
  };
  const match = [
    { key: "method", regex: "a.*" },
    { key: "attachment.user", exact: "b", invert: true },
  ];

  it("hands on everything that was set, and nothing else", () => {
    const lanes = protocolOf(all);
    assert.deepEqual(pluginConfiguration(lanes, only(lanes)), {
      protocol: "dubbo",
      mode: "lanes",
      name: "greeter",
      authority: "greeter.example",
      ...all,
    });
    const plain = protocolOf({});
    assert.deepEqual(Object.keys(pluginConfiguration(plain, only(plain))), [
      ...["protocol", "mode", "name", "routeOn", "authority"],
    ]);
  });

  it("has the routes as rules in mode connection", () => {
    const spec = { ...ROUTE_ON, mode: "connection" };
    const protocol = protocolOf(spec, {
      routes: [
        { match, to },
        { name: "rest", to },
      ],
    });
    const { connection, authority } = pluginConfiguration(protocol, only(protocol));
    const clusters = [{ name: "greeter.example|20880|v1", weight: 1 }];
    assert.equal(authority, undefined);
    assert.deepEqual(connection?.rules, [
      { name: "route-0", match, clusters },
      { name: "rest", clusters },
    ]);
  });

  it("is what its schema and the filter itself accept", () => {
    const routes = [{ match, to }, { to }];
    for (const protocol of [
      protocolOf(all, { routes }),
      protocolOf({ ...ROUTE_ON, mode: "connection" }, { routes }),
      protocolOf({ protocol: "awesomerpc", routeOn: ["method"] }),
    ]) {
      const config = pluginConfiguration(protocol, only(protocol));
      assert.deepEqual(checkSchema("plugin", config), []);
      const vm = new Vm();
      assert.notEqual(vm.configure(config), null, vm.logs.at(-1));
    }
  });
});

describe("listeners", () => {
  it("put the filter before what routes", () => {
    const terminal = (spec: object) => {
      const protocol = protocolOf(spec);
      const listener = plain(listenerOf(protocol, only(protocol), { wasm: "a.wasm" })) as {
        name: string;
        address: unknown;
        filter_chains: { filters: { name: string; typed_config: object }[] }[];
      };
      const address = protocol.address;
      assert.deepEqual(listener.address, { socket_address: { address, port_value: 20880 } });
      const [wasm, last, ...more] = listener.filter_chains[0]?.filters ?? [];
      assert.equal(wasm?.name, "envoy.filters.network.wasm");
      assert.deepEqual(more, []);
      return last;
    };
    const lanes = terminal({ address: "0.0.0.0" });
    assert.equal(lanes?.name, "envoy.filters.network.http_connection_manager");
    const connection = terminal({ mode: "connection" });
    assert.equal(connection?.name, "envoy.filters.network.tcp_proxy");
    assert.ok("upstream_connect_mode" in connection.typed_config);
  });

  it("reload the filter after a trap, at most once a second", () => {
    const protocol = protocolOf({});
    const { config } = plain(wasmConfig(protocol, only(protocol), "a.wasm")) as {
      config: Record<string, unknown>;
    };
    assert.equal(config.failure_policy, "FAIL_RELOAD");
    assert.deepEqual(config.reload_config, { backoff: { base_interval: "1s" } });
  });

  it("are named by the document and the port, clusters by host, port and subset", () => {
    const protocol = protocolOf({});
    assert.equal(listenerName(protocol, only(protocol)), "greeter-20880");
    assert.equal(clusterName(only(protocol), "v1"), "greeter.example|20880|v1");
  });
});

describe("envoy.yaml", () => {
  const options = { wasm: "argot.wasm", adminPort: 9901, source: "a.yaml" };
  const model = modelOf(document({}));

  it("says the same as the JSON", () => {
    const yaml = parse(envoyYaml(model, options)) as unknown;
    assert.deepEqual(yaml, JSON.parse(envoyJson(model, options)));
  });

  it("moves all ports by an offset, as far as there are ports", () => {
    assert.match(envoyYaml(model, { ...options, portOffset: 1000 }), /port_value: 21880\b/);
    const far = () => envoyYaml(model, { ...options, portOffset: 60_000 });
    assert.throws(far, /the port of greeter\.example would be 80880/);
  });

  it("does not let a service and the admin interface share a port", () => {
    const clash = () => envoyYaml(model, { ...options, adminPort: 20880 });
    assert.throws(clash, /is to listen on 20880, which is Envoy's admin port/);
  });
});

describe("files that Envoy watches", () => {
  it("are one of clusters, one of listeners, and of each service its plugin and its routes", () => {
    const model = [protocolOf({}), { ...protocolOf({ mode: "connection" }), name: "other" }];
    const files = dynamicFiles(model, { directory: "/d", wasm: "/w" });
    assert.deepEqual(
      files.rules.map(({ file }) => file),
      ["plugin-greeter-20880.json", "routes-greeter-20880.json", "plugin-other-20880.json"],
    );
    assert.equal(files.clusters.resources.length, 4);
    assert.deepEqual(
      files.listeners.resources.map(({ name }) => name),
      ["greeter-20880", "other-20880"],
    );
    const text = JSON.stringify(files.listeners.resources);
    for (const { file } of files.rules) assert.ok(text.includes(`/d/${file}`), file);
  });

  it("are told apart by what changes: weights touch the routes only", () => {
    const files = (weight: number) => {
      const routes = [{ to: [{ subset: "v1", weight }, { subset: "v2" }] }];
      return dynamicFiles(modelOf(document({}, { routes })), { directory: "/d", wasm: "/w" });
    };
    const [a, b] = [files(1), files(2)];
    assert.deepEqual(a.clusters, b.clusters);
    assert.deepEqual(a.listeners, b.listeners);
    const changed = a.rules.filter((rule, i) => {
      return JSON.stringify(rule) !== JSON.stringify(b.rules[i]);
    });
    assert.deepEqual(
      changed.map(({ title }) => title),
      ["routes of greeter-20880"],
    );
  });
});

describe("commented YAML", () => {
  it("has its comments above what they are about", () => {
    const value = { a: noted("about a", { b: noted("two\nlines", 1) }), list: [noted("item", 2)] };
    assert.equal(
      toYaml("title", value),
      [
        ...["# title", "", "# about a", "a:", "  # two", "  # lines", "  b: 1"],
        ...["list:", "  # item", "  - 2", ""],
      ].join("\n"),
    );
  });

  it("is the same data as without comments", () => {
    const value = { a: noted("x", ["no", "1", true, { "x-y": "a: b # c" }]), b: "" };
    assert.deepEqual(parse(toYaml("t", value)), plain(value));
  });
});
