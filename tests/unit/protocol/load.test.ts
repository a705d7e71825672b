import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { packageRoot } from "../../../scripts/cli/paths.js";
import { parseEndpoint } from "../../../scripts/protocol/endpoint.js";
import { load, loadForEnvoy, loadText, ProblemsError } from "../../../scripts/protocol/load.js";
import { fieldOf, isUnder } from "../../../scripts/protocol/problem.js";
import { document, examples, mistakes, protocolOf } from "./support.js";

describe("load", () => {
  it("sets the defaults of what is left out", () => {
    const { mode, routeOn, address, services } = protocolOf({});
    assert.equal(mode, "lanes");
    assert.deepEqual(routeOn, ["service", "method"]);
    assert.equal(address, "127.0.0.1");
    const even = [
      { subset: "v1", weight: 1 },
      { subset: "v2", weight: 1 },
    ];
    assert.deepEqual(services[0]?.routes, [{ name: "default", match: [], to: even }]);
  });

  it("names routes by their index, and refuses with 403 unless told otherwise", () => {
    const routes = [
      { match: [{ key: "method", exact: "a" }], refuse: {} },
      { match: [{ key: "method", exact: "b" }], refuse: { status: 429, message: "later" } },
      { to: [{ subset: "v1" }] },
    ];
    const [first, second, third] = protocolOf({}, { routes }).services[0]?.routes ?? [];
    assert.deepEqual(first?.refuse, { status: 403, message: "refused" });
    assert.deepEqual(second?.refuse, { status: 429, message: "later" });
    assert.equal(third?.name, "route-2");
    assert.deepEqual(third.to, [{ subset: "v1", weight: 1 }]);
  });

  it("reads JSON as well as YAML", () => {
    assert.deepEqual(mistakes(document({})), []);
  });

  it("counts what else stands in a file, and leaves it alone", () => {
    const text = [
      "{ apiVersion: v1, kind: Service, metadata: { name: a } }",
      "{ apiVersion: networking.istio.io/v1, kind: VirtualService, spec: { nonsense: 1 } }",
      "{ apiVersion: extensions.istio.io/v1alpha1, kind: WasmPlugin, spec: { url: oci://other } }",
      "{ protocol: dubbo, mode: lanes }",
      JSON.stringify(document({})),
      "# nothing but a comment",
    ].join("\n---\n");
    const { counts, problems } = loadText("all.yaml", text);
    assert.deepEqual(problems, []);
    assert.deepEqual(counts, {
      ApplicationProtocol: 1,
      Protocol: 0,
      plugin: 1,
      WasmPlugin: 0,
      resource: 0,
      other: 3,
    });
  });

  it("takes a WasmPlugin for Argot's by its url or by its configuration", () => {
    const plugin = (spec: object) => ({
      apiVersion: "extensions.istio.io/v1alpha1",
      kind: "WasmPlugin",
      spec: { type: "NETWORK", ...spec },
    });
    const pluginConfig = { protocol: "dubbo", mode: "lanes" };
    assert.deepEqual(mistakes(plugin({ url: "oci://a/argot:1", pluginConfig })), []);
    const wrong = { protocol: "dubo", mode: "lanes" };
    for (const url of ["oci://a/argot:1", "oci://a/other:1"]) {
      const [found] = mistakes(plugin({ url, pluginConfig: wrong }));
      assert.match(found ?? "", /^spec\.pluginConfig\.protocol: is "dubo"/);
    }
  });

  it("has nothing against the examples", () => {
    for (const file of examples) {
      const { model, problems } = load(join(packageRoot, file));
      assert.deepEqual(problems, []);
      assert.equal(model.length, 1);
    }
  });

  it("never breaks off, whatever stands in place of any part of a document", () => {
    let tried = 0;
    for (const file of examples) {
      const good = parse(readFileSync(join(packageRoot, file), "utf8")) as unknown;
      for (const wrong of mutations(good)) {
        const text = JSON.stringify(wrong);
        const { model, problems } = loadText("x.yaml", text);
        assert.ok(model.length === 1 || problems.length > 0, text);
        for (const { line, message, remedy } of problems) {
          assert.ok(line >= 1 && message !== "" && remedy !== "", text);
        }
        tried++;
      }
    }
    assert.ok(tried > 1000, `${tried} documents`);
  });
});

/** The value with each of its parts left out, or replaced by something of another type. */
function* mutations(value: unknown): Generator {
  for (const other of [null, 0, -1, "x", true, [], {}, [null], { x: 1 }]) yield other;
  if (typeof value !== "object" || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    if (Array.isArray(value)) {
      for (const other of mutations(member)) yield value.with(Number(name), other);
      yield value.toSpliced(Number(name), 1);
      yield [...(value as unknown[]), member];
    } else {
      for (const other of mutations(member)) yield { ...value, [name]: other };
      yield Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
    }
  }
}

describe("loadForEnvoy", () => {
  it("lists all mistakes in its error", () => {
    const file = join(packageRoot, "tests/unit/bad/many-mistakes.yaml");
    assert.throws(
      () => loadForEnvoy(file),
      (error) => error instanceof ProblemsError && error.message.split("\n").length === 4,
    );
  });

  it("wants a document that describes services, and where their instances listen", () => {
    const bad = (name: string) => join(packageRoot, name);
    assert.throws(
      () => loadForEnvoy(bad("istio/dubbo/routes.yaml")),
      /holds no ApplicationProtocol/,
    );
    assert.throws(() => loadForEnvoy(bad("nowhere.yaml")), /can't be read/);
  });
});

describe("parseEndpoint", () => {
  it("takes addresses and names with a port", () => {
    assert.deepEqual(parseEndpoint("127.0.0.1:1"), { host: "127.0.0.1", port: 1, isName: false });
    assert.deepEqual(parseEndpoint("[::1]:65535"), { host: "::1", port: 65535, isName: false });
    assert.deepEqual(parseEndpoint("a.b-c:80"), { host: "a.b-c", port: 80, isName: true });
  });

  it("takes nothing else", () => {
    for (const text of [
      ...["", ":80", "a", "a:", "a:0", "a:65536", "a:8o", "a b:80", "-a:80", "a..b:80"],
      ...["1.2.3:80", "1.2.3.256:80", "::1:80", "[::1]", "[1.2.3.4]:80", "[a]:80", "http://a:80"],
    ]) {
      assert.equal(parseEndpoint(text), null, text);
    }
  });
});

describe("paths", () => {
  it("are written as fields", () => {
    assert.equal(fieldOf(["spec", "services", 0, "port"]), "spec.services[0].port");
    assert.equal(fieldOf([0, "a"]), "[0].a");
    assert.equal(fieldOf([]), "");
  });

  it("lie under one another", () => {
    assert.ok(isUnder(["a"], ["a", 0]));
    assert.ok(isUnder([], ["a"]));
    assert.ok(!isUnder(["a", 0], ["a", 1]));
    assert.ok(!isUnder(["a", 0], ["a"]));
  });
});
