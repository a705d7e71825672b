/**
 * Users' resources of Istio on lanes: what is right is left alone, files that are given together
 * refer to each other, and nothing that a file may hold ends the program. What is wrong: the files
 * with numbers in tests/istio/bad (istio-schemas.test.ts).
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { parseAllDocuments } from "yaml";
import { packageRoot } from "../../scripts/cli/paths.js";
import { checkRoutes } from "../../scripts/istio/checks/check.js";
import { Field } from "../../scripts/istio/checks/field.js";
import { serviceProtocol } from "../../scripts/istio/checks/port-protocols.js";
import { validateFiles } from "../../scripts/istio/validate.js";
import { loadText } from "../../scripts/protocol/load.js";
import { formatProblem } from "../../scripts/protocol/problem.js";

const folder = (name: string) => {
  const path = join(packageRoot, "tests/istio", name);
  // What Aeraki's users wrote is for `argot migrate`.
  const files = readdirSync(path).filter((file) => /\.yaml$/.test(file) && file !== "aeraki.yaml");
  return files.map((file) => join(path, file));
};
const examples = readdirSync(join(packageRoot, "istio"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => folder(join("../../istio", name)));
const good = [...folder("good-routes"), ...folder("good"), ...examples.flat()];
const bad = folder("bad");

/** What is said of files of these texts, each `file: severity: field`. */
function check(...texts: string[]): string[] {
  const loaded = texts.map((text, i) => loadText(`${i}.yaml`, text));
  assert.deepEqual(
    loaded.flatMap(({ problems }) => problems.map(formatProblem)),
    [],
  );
  return checkRoutes(
    loaded.flatMap(({ placed }) => placed),
    loaded.flatMap(({ documents }) => documents),
  ).map(({ document, finding, severity }) => {
    return `${document.file}: ${severity}: ${document.place(finding).field}`;
  });
}

function application(name: string, protocol: string, services: string): string {
  return `apiVersion: argot.dev/v1
kind: ApplicationProtocol
metadata: { name: ${name} }
spec: { protocol: ${protocol}, services: [${services}] }`;
}

const service = (name: string, port: number) =>
  `{ host: ${name}.default.svc.cluster.local, port: ${port} }`;

function rules(hosts: string, http: string): string {
  return `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: rules, namespace: default }
spec: { hosts: [${hosts}], http: [${http}] }`;
}

const greeter = application("greeter", "dubbo", service("greeter", 20880));
const to = "route: [{ destination: { host: greeter } }]";

describe("nothing is said of", () => {
  for (const file of good) {
    it(file.slice(packageRoot.length + 1), () => {
      const found = validateFiles([file], "1.29").flatMap(({ problems }) => problems);
      assert.deepEqual(found.map(formatProblem), []);
    });
  }

  for (const files of examples) {
    it(`${dirname(files[0] ?? "").slice(packageRoot.length + 1)}, all its files together`, () => {
      const found = validateFiles(files, "1.29").flatMap(({ problems }) => problems);
      assert.deepEqual(found.map(formatProblem), []);
    });
  }

  it("a VirtualService of others, with all that lanes can't", () => {
    const rule = `{ match: [{ queryParams: { a: { exact: b } } }], timeout: 1s, ${to} }`;
    assert.deepEqual(check(greeter, rules("web.example.com", rule.replace("greeter", "web"))), []);
  });
});

it("a port may be TCP until a rollout switches it", () => {
  const given = `apiVersion: v1
kind: Service
metadata: { name: greeter, namespace: default }
spec: { ports: [{ name: tcp-dubbo, port: 20880 }] }`;
  assert.deepEqual(check(greeter, given), ["1.yaml: error: spec.ports[0].name"]);
  const preparing = greeter.replace("services", "istio: { phase: prepare }, services");
  assert.deepEqual(check(preparing, given), []);
});

describe("files that are given together", () => {
  it("know each other's services and subsets", () => {
    const rule = `{ match: [{ headers: { cookie: {} } }], ${to} }`;
    assert.deepEqual(check(rules("greeter", rule)), []);
    const found = ["1.yaml: error: spec.http[0].match[0].headers.cookie"];
    assert.deepEqual(check(greeter, rules("greeter", rule)), found);
  });

  it("have each service once, and one protocol on a port", () => {
    const others = [service("greeter", 20880), service("orders", 9090)];
    const orders = application("orders", "dubbo", others.join(", "));
    assert.deepEqual(check(greeter, orders), ["1.yaml: error: spec.services[0]"]);
    const ledger = application("ledger", "thrift", service("ledger", 20880));
    assert.deepEqual(check(greeter, ledger), ["1.yaml: error: spec.services[0].port"]);
  });

  it("may be given twice", () => {
    const [file = ""] = good;
    assert.equal(validateFiles([file, file], "1.29").length, 1);
  });
});

describe("a rule that others than lanes may want gets warnings only", () => {
  const rule = `{ match: [{ method: { exact: GET } }], ${to} }`;
  const field = "spec.http[0].match[0].method.exact";

  it("by a host with a wildcard", () => {
    assert.deepEqual(check(greeter, rules('"*.default.svc.cluster.local"', rule)), [
      `1.yaml: warning: ${field}`,
    ]);
  });

  it("by a host that has another HTTP port", () => {
    const ports = "[{ name: http, port: 80 }, { name: http2-dubbo, port: 20880 }]";
    const given = `apiVersion: v1
kind: Service
metadata: { name: greeter, namespace: default }
spec: { ports: ${ports} }`;
    assert.deepEqual(check(greeter, given, rules("greeter", rule)), [`2.yaml: warning: ${field}`]);
  });
});

describe("the protocol of a Service's port is", () => {
  const cases: [string, object][] = [
    ["http2", { name: "http2-dubbo" }],
    ["http2", { name: "tcp", appProtocol: "kubernetes.io/h2c" }],
    ["http2", { name: "dubbo", appProtocol: "HTTP2" }],
    ["http", { name: "http" }],
    ["http", { name: "x", appProtocol: "kubernetes.io/ws" }],
    ["grpc-web", { name: "grpc-web-x" }],
    ["mysql", { name: "mysql-x" }],
    ["tcp", { name: "db", port: 3306 }],
    ["guessed", { name: "dubbo", port: 20880 }],
    ["guessed", { name: "http2dubbo" }],
    ["guessed", {}],
    ["udp", { name: "http2", protocol: "UDP" }],
  ];
  for (const [protocol, port] of cases) {
    it(`${protocol}: ${JSON.stringify(port)}`, () => {
      assert.equal(serviceProtocol(new Field(port)), protocol);
    });
  }
});

it("parts that are of the wrong type are passed over", () => {
  const wrong: unknown[] = [null, [], {}, "", "x", 0, true, [null], [[]], [{}], { x: null }];
  let count = 0;
  for (const file of [...good, ...bad]) {
    const texts = parseAllDocuments(readFileSync(file, "utf8")).map((it) => it.toJS() as unknown);
    const place = texts.length > 1 ? count++ % texts.length : 0;
    for (let i = 0; i < 3; i++) {
      const value = wrong[count % wrong.length];
      const path = pathIn(texts[place], count++);
      const broken = structuredClone(texts);
      broken[place] = replaced(broken[place], path, value);
      const { placed, documents } = loadText(
        file,
        broken.map((it) => JSON.stringify(it)).join("\n---\n"),
      );
      assert.ok(Array.isArray(checkRoutes(placed, documents)));
    }
  }
});

/** Some path in a value, another for each number. */
function pathIn(value: unknown, number: number): (string | number)[] {
  if (typeof value !== "object" || value === null) return [];
  const names = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  const name = names[number % Math.max(1, names.length)];
  if (name === undefined || number % 7 === 0) return [];
  const next = (value as Record<string | number, unknown>)[name];
  return [name, ...pathIn(next, Math.floor(number / 2))];
}

function replaced(value: unknown, [name, ...rest]: (string | number)[], by: unknown): unknown {
  if (name === undefined) return by;
  const map = value as Record<string | number, unknown>;
  map[name] = replaced(map[name], rest, by);
  return map;
}
