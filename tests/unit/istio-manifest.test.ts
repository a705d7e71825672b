/** `argot manifest`: what is made, for which phase, and that Istio would take it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { manifestOf, type ManifestOptions } from "../../scripts/istio/manifest.js";
import { checkResource } from "../../scripts/istio/schemas/check.js";
import { istioVersions } from "../../scripts/istio/schemas/versions.js";
import { plain, toYaml } from "../../scripts/protocol/emit/notes.js";
import { loadText } from "../../scripts/protocol/load.js";

const image = { url: "oci://registry.example/argot:0.1.0" };
const HOST = "greeter.shop.svc.cluster.local";

interface Made {
  kind: string;
  metadata: { name: string; namespace: string };
  spec: Record<string, unknown>;
}

function make(yaml: string, options: ManifestOptions = {}) {
  const { model, documents, problems } = loadText("greeter.yaml", yaml);
  assert.deepEqual(problems, []);
  const made = manifestOf(model, documents, { image, ...options });
  return { ...made, resources: made.resources.map((resource) => plain(resource) as Made) };
}

const protocol = (spec = "", service = "") => `
apiVersion: argot.dev/v1
kind: ApplicationProtocol
metadata: { name: greeter }
spec:
  protocol: dubbo
  ${spec}
  services:
    - host: ${HOST}
      port: 20880
      ${service}
`;

const routes = (destination: string) => `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: greeter, namespace: shop }
spec:
  hosts: [greeter]
  http:
    - name: split
      route:
        - { destination: { host: greeter${destination} }, weight: 80 }
        - { destination: { host: greeter, subset: v2 }, weight: 20 }
`;

/** Names of the resources, by kind. */
function names(resources: readonly Made[]): string[] {
  return resources.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`);
}

/** The patches of an EnvoyFilter, as text. */
function patches(resources: readonly Made[], name: string): string {
  const found = resources.filter(({ metadata }) => metadata.name === `argot-greeter-${name}`);
  return found.map(({ spec }) => JSON.stringify(spec.configPatches)).join();
}

describe("argot manifest", () => {
  test("makes a plugin, patches, and the labels to find them by", () => {
    const { resources, notes, problems } = make(protocol());
    assert.deepEqual(problems, []);
    assert.deepEqual(names(resources), [
      "EnvoyFilter istio-system/argot-greeter-clusters",
      "EnvoyFilter istio-system/argot-greeter-listeners",
      "WasmPlugin istio-system/argot-greeter",
    ]);
    assert.match(
      notes.join(),
      /port 20880 of service greeter must be HTTP2: kubectl -n shop patch/,
    );
  });

  const documents: [string, string, ManifestOptions?][] = [
    ["a service", protocol()],
    ["routes", protocol() + routes(", subset: v1")],
    [
      "one's own listeners",
      protocol("istio: { outbound: sidecar, clients: [shop, web] }", "addresses: [192.0.2.1]"),
    ],
    ["no interception", protocol("istio: { interception: NONE, gateway: true }")],
    [
      "a service elsewhere",
      protocol(
        "",
        "serviceEntry: { resolution: STATIC, endpoints: [{ address: 192.0.2.7, labels: { version: v1 } }] }",
      ),
    ],
    ["gateways", protocol("istio: { gateway: true }")],
    ["clients' side only", protocol("istio: { sides: [client] }")],
    ["servers' side only", protocol("istio: { sides: [server] }")],
    ["preparation", protocol() + routes(", subset: v1"), { phase: "prepare" }],
    ["preparation without routes", protocol(), { phase: "prepare" }],
  ];
  for (const [title, yaml, options] of documents) {
    test(`every version of Istio takes what is made for ${title}`, () => {
      for (const istio of istioVersions) {
        const { resources, problems } = make(yaml, { ...options, istio });
        assert.deepEqual(problems, []);
        for (const resource of resources) {
          assert.deepEqual(checkResource(resource, istio), [], `${istio}: ${resource.kind}`);
        }
      }
    });
  }

  test("a TrafficExtension where it is asked for", () => {
    const { resources } = make(protocol(), { trafficExtension: true, istio: "1.31" });
    const extension = resources.find(({ kind }) => kind === "TrafficExtension");
    assert.ok(extension !== undefined);
    assert.deepEqual(checkResource(extension, "1.31"), []);
    assert.ok(!resources.some(({ kind }) => kind === "WasmPlugin"));
  });

  test("phases: only clusters of lanes are patched until the port is HTTP2 for good", () => {
    const yaml = protocol() + routes(", subset: v1");
    for (const phase of ["prepare", "switch"] as const) {
      const clusters = patches(make(yaml, { phase }).resources, "clusters");
      assert.match(clusters, /"subset":"v1"/);
      assert.match(clusters, /"subset":"v2"/);
      assert.doesNotMatch(clusters, /"portNumber":20880}/);
    }
    assert.match(patches(make(yaml).resources, "clusters"), /"portNumber":20880}/);
  });

  test("phases: a destination without a subset is refused with its place", () => {
    const { problems } = make(protocol() + routes(""), { phase: "prepare" });
    assert.equal(problems.length, 1);
    assert.equal(problems[0]!.field, "spec.http[0].route[0].destination");
    assert.match(problems[0]!.remedy, /subset/);
  });

  test("phases: a service without routes gets a subset of all, and goes back to none", () => {
    const prepared = names(make(protocol(), { phase: "prepare" }).resources);
    assert.ok(prepared.includes("DestinationRule shop/argot-greeter-greeter.shop"));
    assert.ok(prepared.includes("VirtualService shop/argot-greeter-greeter.shop"));
    assert.ok(!names(make(protocol()).resources).some((name) => name.startsWith("Virtual")));
  });

  test("phases: a port's listener and routes are there before Istio makes them", () => {
    const yaml = protocol() + routes(", subset: v1");
    const { resources } = make(yaml, { phase: "prepare" });
    assert.ok(names(resources).includes("ServiceEntry istio-system/argot-greeter-ahead"));
    assert.match(patches(resources, "ahead"), /"outbound\|20880\|v2\|greeter.shop.svc/);
    const own = make(protocol("istio: { outbound: sidecar }"), { phase: "switch" }).resources;
    assert.ok(!names(own).some((name) => name.startsWith("ServiceEntry")));
    assert.match(patches(own, "ahead"), /"outbound\|20880\|argot-lanes\|greeter.shop.svc/);
    assert.ok(!names(make(yaml).resources).some((name) => name.endsWith("-ahead")));
  });

  test("the user's own Service is switched when its turn has come", () => {
    const service = `---
apiVersion: v1
kind: Service
metadata: { name: greeter, namespace: shop }
spec:
  selector: { app: greeter }
  ports: [{ name: tcp-dubbo, port: 20880 }, { name: http, port: 80 }]
`;
    const yaml = protocol() + service;
    assert.ok(!names(make(yaml, { phase: "prepare" }).resources).includes("Service shop/greeter"));
    const switched = make(yaml, { phase: "switch" });
    assert.deepEqual(switched.notes, []);
    const [made] = switched.resources;
    assert.deepEqual(made!.spec, {
      selector: { app: "greeter" },
      ports: [
        { name: "tcp-dubbo", port: 20880, appProtocol: "http2" },
        { name: "http", port: 80 },
      ],
    });
  });

  test("weights are told to the filter", () => {
    const { resources } = make(protocol() + routes(", subset: v1"));
    assert.match(patches(resources, "weights"), /"x-argot-weight","value":"80,20"/);
    assert.match(patches(resources, "weights"), /"header_name":"x-argot-random"/);
  });

  test("several services of a port are named by the address that was called", () => {
    const two = protocol("", "") + "    - { host: other.shop.svc.cluster.local, port: 20880 }\n";
    const { resources } = make(two);
    const plugin = resources.find(({ kind }) => kind === "WasmPlugin");
    const { authority } = plugin!.spec.pluginConfig as { authority: string };
    assert.equal(authority, "%DOWNSTREAM_LOCAL_ADDRESS%");
    assert.equal(patches(resources, "listeners").match(/outbound_20880_lanes/g)?.length, 1);
  });

  const pluginOf = ({ resources }: { resources: Made[] }) =>
    resources.find(({ kind }) => kind === "WasmPlugin")!.spec as {
      match: { mode: string; ports: { number: number }[] }[];
      pluginConfig: { connection?: unknown };
    };

  test("the filter is in no listener that HTTP services share", () => {
    const modes = (spec: string) => pluginOf(make(protocol(spec))).match.map(({ mode }) => mode);
    assert.deepEqual(modes(""), ["SERVER"]);
    assert.deepEqual(modes("istio: { gateway: true }"), ["SERVER"]);
    assert.deepEqual(modes("istio: { interception: NONE }"), ["CLIENT", "SERVER"]);
    const { match } = pluginOf(make(protocol("istio: { sides: [client] }")));
    assert.deepEqual(match, [{ mode: "CLIENT", ports: [{ number: 1 }] }]);
  });

  test("chains and gateways have the filter by the name of its resource", () => {
    const listeners = patches(make(protocol("istio: { gateway: true }")).resources, "listeners");
    const name = /"extensions.istio.io\/wasmplugin\/istio-system.argot-greeter"/g;
    assert.equal(listeners.match(name)?.length, 2);
    assert.match(listeners, /"INSERT_BEFORE"/);
  });

  test("servers' sides go by the servers' own ports", () => {
    const made = make(protocol("", "targetPort: 7000"));
    assert.deepEqual(pluginOf(made).match[0]!.ports, [{ number: 7000 }]);
    assert.match(
      patches(made.resources, "clusters"),
      /"name":"inbound\|7000\|\|","vhost":{"name":"inbound\|http\|20880"/,
    );
  });

  test("mode connection: clients' side only, and istiod's clusters", () => {
    const subsets = "subsets: [{ name: v1 }, { name: v2 }]";
    const { match, pluginConfig } = pluginOf(make(protocol("mode: connection", subsets)));
    assert.deepEqual(match, [{ mode: "CLIENT", ports: [{ number: 20880 }] }]);
    assert.ok(JSON.stringify(pluginConfig.connection).includes(`outbound|20880|v2|${HOST}`));
  });

  test("mode connection: a service without subsets goes to its own cluster", () => {
    const { pluginConfig } = pluginOf(make(protocol("mode: connection")));
    const text = JSON.stringify(pluginConfig.connection);
    assert.ok(text.includes(`"clusters":[{"name":"outbound|20880||${HOST}","weight":1}]`), text);
  });

  test("mode connection: each service has a plugin of its own, for its port", () => {
    const other = "    - { host: other.shop.svc.cluster.local, port: 20881 }\n";
    const { resources } = make(protocol("mode: connection") + other);
    const plugins = resources.filter(({ kind }) => kind === "WasmPlugin");
    const ports = plugins.map(({ metadata, spec }) => [metadata.name, JSON.stringify(spec.match)]);
    assert.deepEqual(ports, [
      ["argot-greeter-greeter.shop", '[{"mode":"CLIENT","ports":[{"number":20880}]}]'],
      ["argot-greeter-other.shop", '[{"mode":"CLIENT","ports":[{"number":20881}]}]'],
    ]);
    const [first, second] = plugins.map(({ spec }) => JSON.stringify(spec.pluginConfig));
    assert.ok(first!.includes(`outbound|20880||${HOST}`));
    assert.ok(second!.includes("outbound|20881||other.shop.svc.cluster.local"));
  });

  test("5,000 services in two seconds, byte by byte the same", () => {
    const services = Array.from({ length: 5_000 }, (_, i) => ({
      host: `service-${i}.ns-${i % 50}.svc.cluster.local`,
      port: 20_000 + (i % 20),
    }));
    const document = { apiVersion: "argot.dev/v1", kind: "ApplicationProtocol" };
    const text = JSON.stringify({
      ...document,
      metadata: { name: "many" },
      spec: { protocol: "dubbo", services },
    });
    const all = () => {
      const { model, documents, problems } = loadText("many.json", text);
      assert.deepEqual(problems, []);
      const { resources } = manifestOf(model, documents, { image });
      return resources.map((resource) => toYaml("", resource)).join("---\n");
    };
    // The best of three: the machine may be busy with something else.
    const seconds = () => {
      const started = process.cpuUsage();
      assert.equal(all(), first);
      const { user, system } = process.cpuUsage(started);
      return (user + system) / 1e6;
    };
    const first = all();
    const best = Math.min(seconds(), seconds(), seconds());
    assert.ok(best < 2, `took ${best} s of CPU`);
    const largest = Math.max(...first.split("---\n").map((each) => each.length));
    assert.ok(largest < 1_000_000, `a resource has ${largest} bytes`);
  });
});
