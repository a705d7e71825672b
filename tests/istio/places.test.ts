/**
 * Where lanes can begin and end in an Istio as it is installed: gateways, services outside the
 * mesh, headless ones, several protocols side by side, and HTTP on the same port number.
 */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { DubboClient, DubboServer, STATUS, type Call } from "../support/dubbo.js";
import { ThriftClient, ThriftServer } from "../support/thrift.js";
import { Greeter, HOST, PORT } from "./support/greeter.js";
import { manifests } from "./support/manifests.js";
import type { Pod } from "./support/pod.js";

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
  services: [{ host: calc.default.svc.cluster.local, port: ${PORTS.thrift} }]
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
`;

let greeter: Greeter;
let edge: Pod;
let outside: Pod;
let webIp: string;
const close: (() => unknown)[] = [];

before(async () => {
  greeter = await Greeter.start({ versions: ["v1"] });
  const { lab, pods, caller } = greeter;
  const v1 = pods.get("v1")!;
  [edge, outside] = await Promise.all([
    lab.pod({ name: "edge", proxy: "gateway" }),
    lab.pod({ name: "outside", proxy: "none" }),
  ]);
  const legacy = await DubboServer.start({ tag: "legacy", port: await outside.listen(PORT) });
  const quiet = await DubboServer.start({ tag: "quiet", port: await v1.listen(PORTS.quiet) });
  const calc = await ThriftServer.start({ tag: "calc", port: await v1.listen(PORTS.thrift) });
  close.push(() => Promise.all([legacy, quiet, calc].map((server) => server.close())));
  const web = createServer((_, answer) => answer.end("web"));
  web.listen(await outside.listen(PORTS.web));
  close.push(() => web.close());
  const dubbo = (port: number) => [{ name: "dubbo", port, appProtocol: "http2" }];
  await lab.service({ name: "quiet", ports: dubbo(PORTS.quiet), pods: [v1], clusterIP: "None" });
  const http = [{ name: "http", port: PORT, targetPort: PORTS.web }];
  ({ ip: webIp } = await lab.service({ name: "web", ports: http, pods: [outside] }));
  const thrift = [{ name: "thrift", port: PORTS.thrift, appProtocol: "http2" }];
  const { ip: calcIp } = await lab.service({ name: "calc", ports: thrift, pods: [v1] });
  addresses.calc = calcIp;
  await lab.apply(routes);
  await lab.apply(manifests(`${protocols(outside.ip)}---${routes}`));
  await Promise.all([
    ...[PORT, PORTS.quiet, PORTS.thrift].map((port) =>
      v1.proxy.configured(`argot-inbound|${port}`),
    ),
    ...[PORT, PORTS.quiet, PORTS.thrift].map((port) =>
      caller.proxy.configured(`outbound_${port}_lanes`),
    ),
    edge.proxy.configured("wasmplugin/istio-system.argot-greeter"),
    edge.proxy.configured("not at this door"),
  ]);
});
after(async () => {
  for (const each of close) await each();
  await greeter?.stop();
});
const addresses: Record<string, string> = {};

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

test("an HTTP service on the same port number goes on", async () => {
  const { status, body } = await greeter.caller.http(PORT, "/", "GET", webIp);
  assert.deepEqual({ status, body }, { status: 200, body: "web" });
});

test("headless service: clients call the servers' addresses", async () => {
  const { ip } = greeter.pods.get("v1")!;
  assert.equal((await dubbo(greeter.caller, ip, PORTS.quiet)).value, "quiet:x");
});

test("a second protocol: Thrift", async () => {
  const client = await ThriftClient.connect(
    await greeter.caller.connect(addresses.calc!, PORTS.thrift),
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
