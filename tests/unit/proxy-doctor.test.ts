/** `argot doctor --proxy`: each symptom by its name, in sidecars that really had it or nearly. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { packageRoot } from "../../scripts/cli/paths.js";
import { examineProxy } from "../../scripts/doctor/proxy/examine.js";
import { readProxies } from "../../scripts/doctor/proxy/read.js";
import type { Readings } from "../../scripts/doctor/proxy/proxy.js";
import { Stats } from "../../scripts/doctor/proxy/stats.js";
import { MEANINGS } from "../../scripts/doctor/proxy/meanings.js";
import { loadText } from "../../scripts/protocol/load.js";

const FOLDER = join(packageRoot, "tests/fixtures/proxy");

/** A file of tests/fixtures/proxy. */
type Recorded = Omit<Readings, "stats"> & { stats: { stats: { name: string; value: number }[] } };

/** The recording as text, in which `edits` replaces what must be there. */
function recorded(name: string, edits: readonly [string, string][] = []): Recorded {
  let text = readFileSync(join(FOLDER, `${name}.json`), "utf8");
  for (const [from, to] of edits) {
    assert.ok(text.includes(from), `${name} has ${from}`);
    text = text.replaceAll(from, to);
  }
  return JSON.parse(text) as Recorded;
}

function examine(
  { stats: { stats }, ...others }: Recorded,
  counted: Readonly<Record<string, number>> = {},
  yaml?: string,
) {
  const more = Object.entries(counted).map(([name, value]) => ({ name, value }));
  const { model, problems } = loadText("greeter.yaml", yaml ?? "{ kind: Other, apiVersion: v1 }");
  assert.deepEqual(problems, []);
  return examineProxy({ ...others, stats: Stats.ofJson({ stats: [...stats, ...more] }) }, model);
}

type Report = ReturnType<typeof examine>;

/** Names of the symptoms, each once. */
function checks({ findings }: Report): string[] {
  return [...new Set(findings.map(({ check }) => check))].sort();
}

/** The one that has this name. */
function finding({ findings }: Report, check: string) {
  const found = findings.find((each) => each.check === check);
  assert.ok(found, check);
  return found;
}

describe("a proxy in which all is well", () => {
  for (const name of ["client", "server"]) {
    test(`${name}'s sidecar`, () => {
      const report = examine(recorded(name));
      assert.deepEqual(report.findings, []);
      assert.deepEqual(
        report.plugins.map((plugin) => plugin.name),
        ["greeter"],
      );
    });
  }
});

describe("what was recorded", () => {
  const failed = ["error_replies", "lanes_failed"];
  const cases: Record<string, [checks: string[], evidence: RegExp]> = {
    "no-clusters": [["no-upstream-config", ...failed], /no `upstream_config`/],
    "no-listeners": [["inspector-trap"], /all others go to BlackHoleCluster/],
    "tcp-port": [["raw-cluster-of-tcp", "port-still-tcp"], /tcp_proxy of listener 10\./],
    "tcp-prepared": [["port-still-tcp"], /; 2 connections passed it/],
    "plugin-missing": [["filter-never-came", "inspector-trap"], /the listener waits for it/],
    "module-missing": [["module-not-fetched"], /stands an RBAC filter/],
    "type-missing": [["http-plugin"], /delivered as an HTTP filter/],
    "settings-wrong": [["settings-refused"], /is a field that Argot does not know/],
    "listeners-refused": [["update-refused", "inspector-trap"], /Unable to create Wasm/],
    "two-plugins": [["two-filters"], /2 filters of Argot's: .*argot-greeter, .*second/],
    "ports-wrong": [["filter-not-in-chain"], /lead to argot-inbound\|20881/],
    "authority-wrong": [
      ["no-route-for-authority", ...failed],
      /`elsewhere\.example`; known are greeter/,
    ],
    "routes-wrong": [
      ["no-endpoints", "connection-limit", ...failed],
      /0 endpoints, none of them healthy/,
    ],
    "connection-mode": [["no-early-data", "settings-refused"], /IMMEDIATE, max_early_data_bytes 0/],
  };
  for (const [name, [expected, evidence]] of Object.entries(cases)) {
    test(name, () => {
      const report = examine(recorded(name));
      assert.deepEqual(checks(report), [...expected].sort());
      assert.match(finding(report, expected[0]!).evidence, evidence);
    });
  }
});

describe("what a working sidecar becomes by a small change", () => {
  const HCM = '"stat_prefix": "outbound_20880_lanes"';
  const cases: [title: string, edits: [string, string][], expected: string, evidence: RegExp][] = [
    [
      "weights without the filter's number",
      [["x-argot-random", "x-other"]],
      "weights-approximate",
      / 80, .* 20, without header_name/,
    ],
    [
      "weights of which the filter hears nothing",
      [["x-argot-weight", "x-other"]],
      "weights-approximate",
      /without x-argot-weight/,
    ],
    [
      "an idle timeout of a route",
      [[', "timeout": "0s"', ', "timeout": "0s", "idle_timeout": "9s"']],
      "timeout-on-lanes",
      /idle_timeout 9s/,
    ],
    [
      "Envoy's own idle timeout of lanes",
      [['"stream_idle_timeout": "0s"', '"drain_timeout": "10s"']],
      "timeout-on-lanes",
      /stream_idle_timeout 300s/,
    ],
    [
      "a limit on a lane's time",
      [[HCM, `"request_timeout": "7s", ${HCM}`]],
      "timeout-on-lanes",
      /request_timeout 7s/,
    ],
    [
      "HTTP/1 behind the filter",
      [['"codec_type": "HTTP2"', '"codec_type": "HTTP1"']],
      "codec-http1",
      /codec_type HTTP1/,
    ],
    [
      "a subset that there is not",
      [
        [
          '"name": "outbound|20880|v2|greeter.default.svc.cluster.local", "type"',
          '"name": "gone", "type"',
        ],
      ],
      "no-such-cluster",
      /does not have it/,
    ],
    [
      "servers that don't listen",
      [['"name": "cx_connect_fail"}', '"name": "cx_connect_fail", "value": "2"}']],
      "servers-refuse",
      /2 of \d+ connections/,
    ],
    [
      "a short drain",
      [['"drain_time": "45s"', '"drain_time": "30s"']],
      "drain-too-short",
      /maxAgeSeconds 20, drain_timeout 10 s, Envoy drains for 30 s/,
    ],
    [
      "lanes without an age",
      [['{\\"authority\\"', '{\\"lanes\\":{\\"maxAgeSeconds\\":0},\\"authority\\"']],
      "drain-too-short",
      /0 \(no limit\)/,
    ],
    [
      "a configuration that is no JSON",
      [['"{\\"authority\\"', '"{authority']],
      "settings-refused",
      /no JSON object/,
    ],
    [
      "Envoy's own limits",
      [['"max_connections": 4294967295', '"max_pending_requests": 4294967295']],
      "connection-limit",
      /max_connections 1024/,
    ],
    [
      "connection mode in front of HTTP",
      [
        [
          '\\"mode\\":\\"lanes\\"',
          '\\"mode\\":\\"connection\\",\\"connection\\":{\\"rules\\":[{\\"clusters\\":[{\\"name\\":\\"a\\"}]}]}',
        ],
        ['\\"authority\\":\\"greeter.default.svc.cluster.local\\",', ""],
      ],
      "connection-mode-on-http",
      /HTTP connection manager/,
    ],
  ];
  for (const [title, edits, expected, evidence] of cases) {
    test(title, () => {
      const report = examine(recorded("client", edits));
      assert.deepEqual(checks(report), [expected]);
      assert.match(finding(report, expected).evidence, evidence);
    });
  }

  test("a WasmPlugin that lost its type, though the module came", () => {
    const type = (kind: string) =>
      `"typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.${kind}.wasm.v3.Wasm"`;
    const report = examine(recorded("client", [[type("network"), type("http")]]));
    assert.deepEqual(checks(report), ["http-plugin"]);
  });

  test("a protocol that only the user's own module may know", () => {
    const report = examine(recorded("client", [['\\"dubbo\\"', '\\"own\\"']]));
    assert.deepEqual(
      report.findings.map(({ check, state }) => [check, state]),
      [["settings-refused", "doubtful"]],
    );
  });

  /** Envoy's name of the filter in the chain for HTTP alone, which other services may share. */
  const shared = (name: string) => {
    const proxy = recorded(name);
    const { configs } = proxy.dump;
    const listeners = configs.flatMap(({ dynamic_listeners = [] }) => dynamic_listeners);
    const chains = listeners.flatMap((each) => each.active_state?.listener?.filter_chains ?? []);
    const http = chains.filter((chain) =>
      chain.filter_chain_match?.application_protocols?.includes("h2c"),
    );
    for (const chain of http)
      chain.filters = (chain.filters ?? []).filter((filter) => !filter.config_discovery);
    return proxy;
  };

  test("HTTP services on the same port have a chain without the filter", () => {
    assert.deepEqual(checks(examine(shared("client"))), []);
    assert.deepEqual(checks(examine(shared("no-listeners"))), ["inspector-trap"]);
  });

  test("no filter at all", () => {
    const edits: [string, string][] = [
      ["/etc/argot/argot.wasm", "/etc/other.wasm"],
      ['{\\"authority\\"', "{authority"],
      ["TcpConnectionPoolProto", "OtherProto"],
    ];
    assert.deepEqual(checks(examine(recorded("client", edits))), ["no-filter"]);
  });

  test("one configuration for all services of a port: by the address that was called", () => {
    const all: [string, string] = [
      '\\"authority\\":\\"greeter.default.svc.cluster.local\\"',
      '\\"authority\\":\\"%DOWNSTREAM_LOCAL_ADDRESS%\\"',
    ];
    assert.deepEqual(checks(examine(recorded("client", [all]))), []);
    const nameless = examine(recorded("client", [all, [', "10.96.', ', "x10.96.']]));
    assert.deepEqual(checks(nameless), ["no-route-for-authority"]);
  });

  test("weights of TCP routes, and rules that have room", () => {
    const rules = recorded("connection-mode", [
      ['\\"clusters\\":[]', '\\"clusters\\":[{\\"name\\":\\"a\\"}]'],
    ]);
    assert.deepEqual(checks(examine(rules)), ["no-early-data"]);
    const tcp = '"cluster": "outbound|20880||greeter.default.svc.cluster.local"';
    const drawn =
      '"upstream_connect_mode": "ON_DOWNSTREAM_DATA", "max_early_data_bytes": 65536, "weighted_clusters": {"clusters": [{"name": "a"}]}';
    const weighted = recorded("connection-mode", [
      ['\\"clusters\\":[]', '\\"clusters\\":[{\\"name\\":\\"a\\"}]'],
      [tcp, drawn],
    ]);
    assert.deepEqual(checks(examine(weighted)), ["weights-before-filter"]);
  });
});

describe("what was counted", () => {
  const OWN = "wasmcustom.argot.greeter";
  for (const counter of Object.keys(MEANINGS)) {
    test(counter, () => {
      const report = examine(recorded("client"), { [`${OWN}.${counter}`]: 7 });
      assert.deepEqual(checks(report), [counter]);
      assert.match(finding(report, counter).evidence, /is 7, after 9 requests on 9 connections/);
    });
  }

  const cluster = "cluster.outbound|20880|v1|greeter.default.svc.cluster.local;";
  const build = (revision: string, version = "0.1.0") =>
    `${OWN}.argot_version=.=${version};.;argot_revision=.=${revision};.;build_info`;
  const cases: [counted: Record<string, number>, expected: string[]][] = [
    [{ [`${cluster}.upstream_cx_overflow`]: 3 }, ["connection-limit"]],
    [{ "http.outbound_20880_lanes.no_route": 2 }, ["lanes-without-route"]],
    [{ "wasm.istio-system.argot-greeter.vm_reload_failure": 1 }, ["module-trapped"]],
    [{ "wasm.remote_load_fetch_failures": 1 }, ["module-not-fetched"]],
    [{ "wasm.envoy.wasm.runtime.v8.active": 0 }, ["module-not-running"]],
    [{ [build("a")]: 2, [build("b")]: 1 }, ["revisions-differ"]],
    [{ [build("a")]: 2, [build("b")]: 0 }, []],
    [{ [build("a")]: 2, [build("a", "0.2.0")]: 1 }, ["versions-differ"]],
    [{ [`${OWN}.connections_closed.drained`]: 5, [`${OWN}.connections_closed.truncated`]: 5 }, []],
  ];
  for (const [counted, expected] of cases) {
    test(Object.keys(counted).join(", "), () => {
      assert.deepEqual(checks(examine(recorded("client"), counted)), expected);
    });
  }

  test("HTTP/1 by ALPN, once connections were closed for it", () => {
    const auto = recorded("server", [['"codec_type": "HTTP2"', '"codec_type": "AUTO"']]);
    assert.deepEqual(checks(examine(auto)), []);
    const report = examine(auto, { [`${OWN}.connections_closed.http2`]: 4 });
    assert.deepEqual(checks(report), ["codec-http1", "connections_closed.http2"]);
  });

  test("why an update of the filter failed", () => {
    const name = "extensions.istio.io/wasmplugin/istio-system.argot-greeter";
    const failure = `extension_config_discovery.network_filter.${name}.config_fail`;
    const report = examine(recorded("plugin-missing"), { [failure]: 3 });
    assert.match(finding(report, "filter-never-came").evidence, /config_fail 3/);
  });
});

describe("a proxy and its ApplicationProtocol", () => {
  const yaml = (spec = "", port = 20880) => `
apiVersion: argot.dev/v1
kind: ApplicationProtocol
metadata: { name: greeter }
spec:
  protocol: dubbo
  ${spec}
  services: [{ host: greeter.default.svc.cluster.local, port: ${port}, targetPort: 20881 }]
`;

  for (const name of ["client", "server"]) {
    test(`${name}: the same`, () => {
      assert.deepEqual(examine(recorded(name), {}, yaml()).findings, []);
    });
  }

  test("another configuration", () => {
    const report = examine(recorded("client"), {}, yaml("routeOn: [service, version]"));
    assert.deepEqual(checks(report), ["settings-differ"]);
    assert.match(
      finding(report, "settings-differ").evidence,
      /^routeOn: .*method.* instead of .*version/,
    );
  });

  test("no listener of the port", () => {
    const other = yaml("", 20999).replace("20881", "20998");
    const report = examine(recorded("client"), {}, other);
    assert.deepEqual(checks(report), ["no-listener"]);
  });

  test("another filter in the port's chains", () => {
    const report = examine(
      recorded("client", [['\\"name\\":\\"greeter\\"', '\\"name\\":\\"other\\"']]),
      {},
      yaml(),
    );
    assert.deepEqual(checks(report), ["no-filter"]);
    assert.match(finding(report, "no-filter").evidence, /none with the filter `greeter`/);
  });

  test("no filter on the servers' side", () => {
    const report = examine(recorded("ports-wrong"), {}, yaml());
    assert.deepEqual(checks(report), ["filter-not-in-chain", "no-filter"]);
    assert.match(finding(report, "no-filter").where, /virtualInbound port 20881/);
    const clients = examine(recorded("ports-wrong"), {}, yaml("istio: { sides: [client] }"));
    assert.deepEqual(checks(clients), ["filter-not-in-chain"]);
  });

  test("a port that is TCP on purpose", () => {
    const preparing = yaml("istio: { phase: prepare }");
    assert.deepEqual(checks(examine(recorded("tcp-prepared"), {}, preparing)), []);
  });
});

describe("what is read", () => {
  test("statistics as text are those as JSON", () => {
    const text = Stats.ofText("wasmcustom.argot.a.requests: 3\nserver.version: x\nh: P0(1,2)\n");
    assert.equal(text.get("wasmcustom.argot.a.requests"), 3);
    assert.equal(text.get("server.version"), undefined);
  });

  test("a file that is no dump, and an address where nothing is, are told with a remedy", async () => {
    const readme = join(FOLDER, "README.md");
    await assert.rejects(readProxies([readme]), { message: /no config dump/, remedy: /curl/ });
    await assert.rejects(readProxies(["http://127.0.0.1:1"]), {
      message: /does not answer as Envoy's admin interface/,
      remedy: /port-forward/,
    });
  });
});
