/** A first look at all of the lab: Dubbo from sidecar to sidecar, routed by an attachment. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { DubboClient, DubboServer } from "../support/dubbo.js";
import { wasm } from "../e2e/support/stage.js";
import { until } from "../support/wait.js";
import {
  authentication,
  callerSidecar,
  destinationRule,
  RAW_UPSTREAM,
  VERSIONS,
  virtualService,
} from "./support/documents.js";
import { Lab } from "./support/lab.js";
import type { Pod } from "./support/pod.js";

const host = "greeter.default.svc.cluster.local";
const port = 20880;

const routes =
  destinationRule(VERSIONS) +
  virtualService(`\
    - match:
        - headers: { x-argot-attachment-user: { exact: alice } }
        - headers: { x-argot-method: { prefix: new } }
      route: [{ destination: { host: greeter, subset: v2 } }]
    - route: [{ destination: { host: greeter, subset: v1 } }]`);

/** The filter on both sides, its lanes' bytes raw, and a listener of the service's own address. */
const argot = (ip: string) => `
apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: { name: argot-greeter }
spec:
  type: NETWORK
  url: file://${wasm}
  match: [{ mode: CLIENT, ports: [{ number: ${port} }] }, { mode: SERVER, ports: [{ number: ${port} }] }]
  pluginConfig:
    protocol: dubbo
    mode: lanes
    name: greeter
    routeOn: [service, method, attachment.user]
    authority: ${host}
    lanes: { maxAgeSeconds: 20 }
---
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: { name: argot-greeter }
spec:
  configPatches:
    - applyTo: CLUSTER
      match: { context: SIDECAR_OUTBOUND, cluster: { service: ${host}, portNumber: ${port} } }
      patch: &raw
        operation: MERGE
        value:
          upstream_config: ${RAW_UPSTREAM}
    - applyTo: CLUSTER
      match: { context: SIDECAR_INBOUND, cluster: { portNumber: ${port} } }
      patch: *raw
${callerSidecar(ip, host, port)}${authentication("STRICT")}`;

describe("Istio", () => {
  let lab: Lab;
  let caller: Pod;
  let ip: string;
  let serverIp: string;
  let client: DubboClient;
  const servers: DubboServer[] = [];

  before(async () => {
    lab = await Lab.start();
    const server = async (version: string): Promise<Pod> => {
      const labels = { app: "greeter", version };
      const pod = await lab.pod({ name: `greeter-${version}`, labels });
      servers.push(await DubboServer.start({ tag: version, port: await pod.listen(port) }));
      return pod;
    };
    const pods = await Promise.all([server("v1"), server("v2")]);
    serverIp = pods[0].ip;
    const ports = [{ name: "dubbo", port, appProtocol: "http2" }];
    ({ ip } = await lab.service({ name: "greeter", ports, pods }));
    await lab.apply(routes);
    await lab.apply(argot(ip));
    caller = await lab.pod({ name: "caller" });
    await Promise.all(
      [caller, ...pods].map(async ({ proxy }) => {
        await proxy.configured("envoy.filters.network.wasm");
        await proxy.configured("TcpConnectionPoolProto");
      }),
    );
  });
  after(async () => {
    client?.close();
    await Promise.all(servers.map((server) => server.close()));
    await lab?.stop();
  });

  it("routes a call by its attachment and by its method", async () => {
    client = await DubboClient.connect(await caller.connect(ip, port));
    const ask = async (user: string, method = "hello") =>
      (await client.call({ method, args: ["x"], attachments: { user } })).value;
    assert.equal(await ask("alice"), "v2:x");
    assert.equal(await ask("bob"), "v1:x");
    assert.equal(await ask("bob", "newest"), "v2:x");
    assert.equal(await ask("alice"), "v2:x");
  });

  it("encrypts between the sidecars, by certificates of istiod's CA", async () => {
    assert.match(await caller.proxy.admin("/certs"), /spiffe:..cluster.local.ns.default.sa.caller/);
    const unmeshed = await DubboClient.connect(await lab.node.connect(serverIp, port));
    await assert.rejects(unmeshed.call({ args: ["x"] }), /closed/);
  });

  it("changes a route of a live connection", async () => {
    await lab.apply(routes.replace("exact: alice", "exact: bob"));
    const answer = async () =>
      (await client.call({ args: ["x"], attachments: { user: "bob" } })).value;
    await until(async () => (await answer()) === "v2:x", { timeout: 40_000, what: "new route" });
  });

  it("refuses what is invalid, by the API server and by Istio's webhook", async () => {
    const badUrl = argot(ip).replace("url: file://", "url: ftp://");
    await assert.rejects(lab.apply(badUrl), /spec\.url: Invalid value/);
    const badSubsets = routes.replace("name: v2,", "name: v1,");
    await assert.rejects(lab.apply(badSubsets), /admission webhook .* denied the request/);
  });
});
