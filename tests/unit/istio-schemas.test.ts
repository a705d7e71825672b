/**
 * Resources are held against the schemas of Istio and Envoy, and routes and policies against the
 * lanes that they concern (files with numbers). Every file of tests/istio/bad is
 * wrong, and says in `# expect:` lines what is to be said of it; those of tests/istio/good ran in
 * a real Istio 1.29.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { packageRoot } from "../../scripts/cli/paths.js";
import { canCheck, checkResource } from "../../scripts/istio/schemas/check.js";
import { parseDuration } from "../../scripts/istio/schemas/durations.js";
import { allMessages } from "../../scripts/istio/schemas/messages.js";
import { allRules } from "../../scripts/istio/schemas/resources.js";
import { ruleNamed } from "../../scripts/istio/schemas/rules.js";
import { validateFiles } from "../../scripts/istio/validate.js";
import { istioVersions, type IstioVersion } from "../../scripts/istio/schemas/versions.js";
import { load, type ResourceCheck } from "../../scripts/protocol/load.js";
import { fieldOf, formatProblem } from "../../scripts/protocol/problem.js";

const bad = join(packageRoot, "tests/istio/bad");
const good = join(packageRoot, "tests/istio/good");

const checkFor =
  (version: IstioVersion): ResourceCheck =>
  (resource) =>
    canCheck(resource) ? checkResource(resource, version) : undefined;

/** What is wrong with a resource written as YAML: each field with what is said of it. */
function check(text: string, version: IstioVersion = "1.29"): string[] {
  const found = checkResource(parse(text) as object, version);
  return found.map(({ path, message, remedy }) => `${fieldOf(path)}: ${message}. ${remedy}`);
}

function plugin(fields: string): string {
  return `apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: { name: x }
spec: { url: "file:///x.wasm", ${fields} }`;
}

function patch(applyTo: string, value: string): string {
  return `apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: { name: x }
spec: { configPatches: [{ applyTo: ${applyTo}, patch: { operation: MERGE, value: ${value} } }] }`;
}

describe("resources of Istio that are wrong", () => {
  for (const name of readdirSync(bad).sort()) {
    it(name, () => {
      const file = join(bad, name);
      const expected = Array.from(
        readFileSync(file, "utf8").matchAll(/^# expect: (.*)$/gm),
        ([, text]) => `${file}:${text}`,
      );
      assert.ok(expected.length > 0, "the file says what it expects");
      const [result] = validateFiles([file], "1.29");
      assert.deepEqual(result?.problems.map(formatProblem), expected);
    });
  }
});

describe("resources of Istio that are right", () => {
  const files = [
    ...readdirSync(good).map((name) => join(good, name)),
    ...["dubbo", "thrift", "own-protocol"].map((name) =>
      join(packageRoot, "istio", name, "routes.yaml"),
    ),
  ];
  for (const file of files) {
    it(file.slice(file.lastIndexOf("/") + 1), () => {
      for (const version of ["1.29", "1.31"] as const) {
        const { problems, counts } = load(file, checkFor(version));
        assert.deepEqual(problems, []);
        assert.ok(counts.resource > 0 && counts.other === 0, JSON.stringify(counts));
      }
    });
  }
});

describe("the version of Istio", () => {
  it("decides about kinds", () => {
    const extension = plugin("type: NETWORK")
      .replace("WasmPlugin", "TrafficExtension")
      .replace(/spec: .*/, 'spec: { wasm: { url: "file:///x.wasm", type: NETWORK } }');
    assert.match(check(extension, "1.29").join(), /^kind: is TrafficExtension.* since Istio 1\.30/);
    assert.deepEqual(check(extension, "1.31"), []);
  });

  it("decides about fields and values", () => {
    const reload = plugin("failStrategy: FAIL_RELOAD");
    assert.match(check(reload, "1.26").join(), /^spec\.failStrategy: .*only since Istio 1\.27/);
    assert.deepEqual(check(reload, "1.27"), []);
    const waypoint = `apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: { name: x }
spec:
  configPatches:
    - applyTo: CLUSTER
      match: { context: WAYPOINT, waypoint: { portNumber: 80 } }
      patch: { operation: REMOVE }`;
    const said = check(waypoint, "1.28");
    assert.equal(said.length, 2);
    for (const line of said) assert.match(line, /only since Istio 1\.29/);
    assert.deepEqual(check(waypoint, "1.29"), []);
  });

  it("decides about fields of Envoy's messages", () => {
    const type = "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";
    const early = `{ name: x, typed_config: { "@type": ${type}, max_early_data_bytes: 1024 } }`;
    const said = check(patch("NETWORK_FILTER", early), "1.28").join();
    assert.match(
      said,
      /max_early_data_bytes: exists only since Envoy 1\.37; Istio 1\.28 has 1\.36/,
    );
    assert.deepEqual(check(patch("NETWORK_FILTER", early), "1.29"), []);
  });

  it("is one of those that there are data for", () => {
    for (const version of istioVersions) assert.deepEqual(check(plugin(""), version), []);
  });
});

describe("Envoy's messages", () => {
  it("may be written with names as in .proto files or as in JSON", () => {
    const names = ["connect_timeout: 1s", "connectTimeout: 1s"];
    for (const name of names) assert.deepEqual(check(patch("CLUSTER", `{ ${name} }`)), []);
  });

  it("may have values in all forms that JSON has for them", () => {
    const fields = [
      ...["connect_timeout: 0.25s", 'max_requests_per_connection: "7"', "lb_policy: 1"],
      ...["metadata: { filter_metadata: { a: { b: [1, null] } } }", "eds_cluster_config: null"],
    ];
    assert.deepEqual(check(patch("CLUSTER", `{ ${fields.join(", ")} }`)), []);
  });

  it("of kinds that are not Envoy's own are not checked", () => {
    const value = '{ name: x, typed_config: { "@type": type.googleapis.com/istio.x.Y, z: 1 } }';
    assert.deepEqual(check(patch("HTTP_FILTER", value)), []);
  });

  it("are all described, down to scalars", () => {
    const { messages, enums } = allMessages();
    for (const [name, { fields }] of Object.entries(messages)) {
      for (const { type } of Object.values(fields)) {
        const single = type.replace(/^\[\]|^map\[.*?\]/, "");
        const isNamed = !single.includes(".") || single in messages || single in enums;
        assert.ok(isNamed, `${name} has fields of the unknown type ${type}`);
      }
    }
  });
});

it("every rule of the definitions is written down", () => {
  assert.ok(allRules().length > 30);
  for (const { rule } of allRules()) assert.ok(ruleNamed(rule).remedy !== "");
});

it("durations are read as Go writes them", () => {
  assert.equal(parseDuration("1h30m"), 5400);
  assert.equal(parseDuration("1.5s"), 1.5);
  assert.equal(parseDuration("-2ms"), -0.002);
  for (const none of ["", "5", "s", "1 s", "1d"]) assert.equal(parseDuration(none), undefined);
});

it("10,000 resources are checked in well under a second", () => {
  const resources = readFileSync(join(good, "lanes.yaml"), "utf8")
    .split("\n---\n")
    .map((text) => parse(text) as object);
  const times = Math.ceil(10_000 / resources.length);
  const seconds = (): number => {
    const begin = process.cpuUsage().user;
    for (let i = 0; i < times; i++) {
      for (const resource of resources) assert.equal(checkResource(resource, "1.29").length, 0);
    }
    return (process.cpuUsage().user - begin) / 1e6;
  };
  // The best of three: the machine may be busy with something else.
  const best = Math.min(seconds(), seconds(), seconds());
  assert.ok(best < 1, `${best} s`);
});
