/**
 * Where lanes can begin and end in an Istio as it is installed: gateways, services outside the
 * mesh, headless ones, several protocols side by side, and HTTP on the same port number.
 */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { DubboClient, DubboServer, STATUS, type Call, type Reply } from "../support/dubbo.js";
import { packageRoot } from "../../scripts/cli/paths.js";
import { TallyClient, tallyServer, Type } from "../support/tally.js";
import { ThriftClient, ThriftServer } from "../support/thrift.js";
import { until } from "../support/wait.js";
import { Greeter, HOST, PORT } from "./support/greeter.js";
import { manifests } from "./support/manifests.js";
import type { Pod } from "./support/pod.js";
import type { ServiceOptions } from "./support/service.js";

/** Of the services by other names and protocols. */
const PORTS = { quiet: 20990, thrift: 9090, tally: 7000, pinned: 21000, web: 8080 };
/** The service outside the mesh has it by its ServiceEntry alone. */
const OUTSIDE = "192.0.2.10";

const protocols = (outside: string) => `
apiVersion: argot.dev/v1
kind: ApplicationProtocol
metadata: { name: greeter }
spec:
  protocol: dubbo
  routeOn: [service, method, attachment.user]
  istio: { gateway: true }
  services:
    - { host: ${HOST}, port: ${PORT} }
    - { host: hushed.default.svc.cluster.local, port: ${PORT} }
    - host: legacy.example
      port: ${PORT}
      addresses: [${OUTSIDE}]
      serviceEntry: { location: MESH_EXTERNAL, resolution: STATIC, endpoints: [{ address: ${outside} }] }
---
apiVersion: argot.dev/v1
kind: ApplicationProtocol
metadata: { name: quiet }
spec:
  protocol: dubbo
  services: [{ host: quiet.default.svc.cluster.local, port: ${PORTS.quiet} }]
---
apiVersion: argot.dev/v1
kind: ApplicationProtocol
metadata: { name: calc }
spec:
  protocol: thrift
  services: [{ host: thrift.default.svc.cluster.local, port: ${PORTS.thrift} }]
---
apiVersion: argot.dev/v1
kind: ApplicationProtocol
metadata: { name: tally }
spec:
  protocol: ${join(packageRoot, "protocols/tally.yaml")}
  routeOn: [method]
  services: [{ host: tally.default.svc.cluster.local, port: ${PORTS.tally} }]
---
apiVersion: argot.dev/v1
kind: ApplicationProtocol
metadata: { name: pinned }
spec:
  protocol: dubbo
  mode: connection
  routeOn: [method]
  services:
    - host: pinned.default.svc.cluster.local
      port: ${PORTS.pinned}
      subsets: [{ name: near }, { name: far }]
      routes:
        - { match: [{ key: method, prefix: far }], to: [{ subset: far }] }
        - { to: [{ subset: near }] }
`;

const routes = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge, namespace: default }
spec:
  selector: { app: edge }
  servers:
    - { port: { number: ${PORT}, name: http2-dubbo, protocol: HTTP2 }, hosts: ["*"] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: edge, namespace: default }
spec:
  hosts: ["*"]
  gateways: [edge]
  http:
    - match: [{ headers: { x-argot-method: { exact: hello } } }]
      route: [{ destination: { host: ${HOST}, port: { number: ${PORT} } } }]
    - directResponse: { status: 404, body: { string: not at this door } }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: tally, namespace: default }
spec:
  hosts: [tally]
  http:
    - match: [{ headers: { x-argot-method: { exact: wipe } } }]
      directResponse: { status: 403, body: { string: not for you } }
    - route: [{ destination: { host: tally } }]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: pinned, namespace: default }
spec:
  host: pinned
  subsets:
    - { name: near, labels: { app: greeter } }
    - { name: far, labels: { app: outside } }
`;

const allow = `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: only-caller, namespace: default }
spec:
  selector: { matchLabels: { app: greeter } }
  action: ALLOW
  rules:
    - from: [{ source: { principals: [cluster.local/ns/default/sa/caller] } }]
      to: [{ operation: { paths: [/demo.Greeter/hello], ports: ["${PORT}"] } }]
      when: [{ key: "request.headers[x-argot-attachment-user]", values: [alice, bob] }]
`;

let greeter: Greeter;
let edge: Pod;
let outside: Pod;
let stranger: Pod;
const close: (() => unknown)[] = [];

before(async () => {
  greeter = await Greeter.start({ versions: ["v1"] });
  const { lab, pods, caller } = greeter;
  const v1 = pods.get("v1")!;
  [edge, outside, stranger] = await Promise.all([
    lab.pod({ name: "edge", proxy: "gateway" }),
    lab.pod({ name: "outside", proxy: "none" }),
    lab.pod({ name: "stranger" }),
  ]);
  const legacy = await DubboServer.start({ tag: "legacy", port: await outside.listen(PORT) });
  const quiet = await DubboServer.start({ tag: "quiet", port: await v1.listen(PORTS.quiet) });
  const calc = await ThriftServer.start({ tag: "calc", port: await v1.listen(PORTS.thrift) });
  const near = await DubboServer.start({ tag: "near", port: await v1.listen(PORTS.pinned) });
  const far = await DubboServer.start({ tag: "far", port: await outside.listen(PORTS.pinned) });
  const other = await DubboServer.start({ tag: "other", port: await stranger.listen(PORTS.quiet) });
  const servers = [legacy, quiet, other, calc, near, far];
  close.push(() => Promise.all(servers.map((server) => server.close())));
  const tally = await tallyServer("tally", await v1.listen(PORTS.tally));
  close.push(() => tally.close());
  for (const [pod, port] of [
    [outside, PORTS.web],
    [stranger, PORTS.web],
    [stranger, PORTS.thrift],
  ] as const) {
    const web = createServer((_, answer) => answer.end("web"));
    web.listen(await pod.listen(port));
    close.push(() => web.close());
  }
  const serve = async (
    name: keyof typeof PORTS,
    pods: Pod[],
    more: Partial<ServiceOptions> = {},
  ) => {
    const appProtocol = name === "pinned" ? "tcp" : "http2";
    const ports = [{ name: "rpc", port: PORTS[name], appProtocol }];
    addresses.set(name, (await lab.service({ name, ports, pods, ...more })).ip);
  };
  await serve("quiet", [v1, stranger], { clusterIP: "None", selector: { serves: "quiet" } });
  const rpc = { name: "rpc", port: PORT, appProtocol: "http2" };
  await lab.service({ name: "hushed", ports: [rpc], pods: [stranger], clusterIP: "None" });
  await serve("thrift", [v1]);
  await serve("tally", [v1]);
  await serve("pinned", [v1, outside], { selector: { serves: "pinned" } });
  const web = [{ name: "http", port: PORT, targetPort: PORTS.web }];
  const clash = { name: "http-clash", port: PORTS.thrift };
  await serve("web", [outside], { ports: web });
  addresses.set(
    "site",
    (await lab.service({ name: "site", ports: [...web, clash], pods: [stranger] })).ip,
  );
  await lab.apply(routes);
  await lab.apply(manifests(`${protocols(outside.ip)}---${routes}`));
  await Promise.all([
    ...[PORT, PORTS.quiet, PORTS.thrift, PORTS.tally].map((port) =>
      v1.proxy.configured(`argot-inbound|${port}`),
    ),
    ...[PORT, PORTS.quiet, PORTS.thrift, PORTS.tally].map((port) =>
      caller.proxy.configured(`outbound_${port}_lanes`),
    ),
    edge.proxy.configured("wasmplugin/istio-system.argot-greeter"),
    stranger.proxy.configured(`outbound_${PORT}_lanes`),
    caller.proxy.configured("wasmplugin/istio-system.argot-pinned"),
    edge.proxy.configured("not at this door"),
  ]);
});
after(async () => {
  for (const each of close) await each();
  await greeter?.stop();
});
/** Of services, by their names. */
const addresses = new Map<string, string>();

async function dubbo(by: { connect: Pod["connect"] }, ip: string, port: number, call: Call = {}) {
  const client = await DubboClient.connect(await by.connect(ip, port));
  try {
    return await client.call({ args: ["x"], ...call });
  } finally {
    client.close();
  }
}

test("several services on one port: the address that a client calls is the service", async () => {
  assert.equal((await dubbo(greeter.caller, greeter.ip, PORT)).value, "v1:x");
});

test("ServiceEntry: servers outside the mesh", async () => {
  assert.equal((await dubbo(greeter.caller, OUTSIDE, PORT)).value, "legacy:x");
});

test("an HTTP service on the same port number goes on, with and without a sidecar", async () => {
  for (const name of ["web", "site"]) {
    const { status, body } = await greeter.caller.http(PORT, "/", "GET", addresses.get(name));
    assert.deepEqual({ name, status, body }, { name, status: 200, body: "web" });
  }
});

test("a limit: HTTP servers in the mesh must listen on other ports than private ones", async () => {
  const { status } = await greeter.caller.http(PORTS.thrift, "/", "GET", addresses.get("site"));
  assert.equal(status, 503);
});

test("headless service: each server by its own address", async () => {
  const { ip } = greeter.pods.get("v1")!;
  for (let i = 0; i < 3; i++) {
    assert.equal((await dubbo(greeter.caller, ip, PORTS.quiet)).value, "quiet:x");
    assert.equal((await dubbo(greeter.caller, stranger.ip, PORTS.quiet)).value, "other:x");
  }
});

test("a limit: a headless service needs an ApplicationProtocol of its own", async () => {
  const { status } = await dubbo(greeter.caller, stranger.ip, PORT);
  assert.equal(status, STATUS.SERVER_ERROR);
});

test("a second protocol: Thrift", async () => {
  const client = await ThriftClient.connect(
    await greeter.caller.connect(addresses.get("thrift")!, PORTS.thrift),
  );
  const { text } = await client.call({ name: "add", text: "1" });
  client.close();
  assert.equal(text, "calc:1");
});

test("ingress gateway: a client outside the mesh", async () => {
  assert.equal((await dubbo(greeter.lab.node, edge.ip, PORT)).value, "v1:x");
  const { status, error } = await dubbo(greeter.lab.node, edge.ip, PORT, { method: "other" });
  assert.notEqual(status, STATUS.OK);
  assert.match(String(error), /not at this door/);
});

test("a protocol that is described, not built in", async () => {
  const socket = await greeter.caller.connect(addresses.get("tally")!, PORTS.tally);
  const client = await TallyClient.connect(socket);
  assert.deepEqual(await client.send(Type.request, "stock", "7"), [
    Type.response,
    0,
    "tally got stock7",
  ]);
  const [, status, text] = await client.send(Type.request, "wipe");
  client.close();
  assert.notEqual(status, 0);
  assert.match(text, /not for you/);
});

test("mode connection: the first request picks the servers of a TCP connection", async () => {
  const { caller } = greeter;
  const ip = addresses.get("pinned")!;
  assert.equal((await dubbo(caller, ip, PORTS.pinned, { method: "farther" })).value, "far:x");
  assert.equal((await dubbo(caller, ip, PORTS.pinned)).value, "near:x");
});

test("AuthorizationPolicy ALLOW: one principal, one method, two users, and nobody else", async () => {
  const ask = (pod: Pod, user: string, method = "hello") =>
    dubbo(pod, greeter.ip, PORT, { method, attachments: { user } });
  assert.equal((await ask(stranger, "alice")).value, "v1:x");
  await greeter.lab.apply(allow);
  const isDenied = ({ error = "" }: Reply) => error.includes("RBAC: access denied");
  await until(async () => isDenied(await ask(stranger, "alice")), {
    timeout: 30_000,
    what: "denied call",
  });
  assert.equal((await ask(greeter.caller, "alice")).value, "v1:x");
  assert.equal((await ask(greeter.caller, "bob")).value, "v1:x");
  assert.ok(isDenied(await ask(greeter.caller, "carol")));
  assert.ok(isDenied(await ask(greeter.caller, "alice", "goodbye")));
});
