/**
 * Istio's agent pulls what `argot package` pushed: from a real registry, the image's hash checked,
 * and what happens to live traffic if it is another image.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { withSection } from "../../scripts/build/section.js";
import { type Format, imageOf } from "../../scripts/package/image.js";
import { type Module, readModule } from "../../scripts/package/module.js";
import { push } from "../../scripts/package/push.js";
import { parseReference } from "../../scripts/package/reference.js";
import { wasm } from "../e2e/support/stage.js";
import { DubboClient, DubboServer } from "../support/dubbo.js";
import { callerSidecar, RAW_UPSTREAM } from "./support/documents.js";
import { Lab } from "./support/lab.js";
import { NODE_IP } from "./support/network.js";
import type { Pod } from "./support/pod.js";
import { TestRegistry, USER } from "./support/registry.js";

const host = "greeter.default.svc.cluster.local";
const port = 20880;
/** Where the lab sees the two registries: at ports of its node. */
const OPEN = 5000;
const CLOSED = 5001;

const standard = readModule(wasm);
/** The same module with other bytes. */
const next: Module = { ...standard, wasm: withSection(standard.wasm, "test", "next") };
/** What is given as `sha256` by who takes the module's for the image's. */
const mistaken = standard.sha256;

interface Wanted {
  url: string;
  sha256: string;
  revision: string;
  secret?: string;
}

/** The filter at the caller, its lanes' bytes raw, and a listener of the service's own address. */
const resources = (ip: string) => `
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: { name: argot-greeter }
spec:
  configPatches:
    - applyTo: CLUSTER
      match: { context: SIDECAR_OUTBOUND, cluster: { service: ${host}, portNumber: ${port} } }
      patch:
        operation: MERGE
        value:
          upstream_config: ${RAW_UPSTREAM}
${callerSidecar(ip, host, port)}`;

const plugin = ({ url, sha256, revision, secret }: Wanted) => `
apiVersion: extensions.istio.io/v1alpha1
kind: WasmPlugin
metadata: { name: argot-greeter }
spec:
  type: NETWORK
  url: ${url}
  sha256: ${sha256}
  ${secret === undefined ? "" : `imagePullSecret: ${secret}`}
  selector: { matchLabels: { app: caller } }
  match: [{ mode: CLIENT, ports: [{ number: ${port} }] }]
  pluginConfig:
    protocol: dubbo
    mode: lanes
    name: greeter
    revision: ${revision}
    authority: ${host}
`;

const directory = mkdtempSync(join(tmpdir(), "argot-delivery-"));
const doors: Server[] = [];
let lab: Lab;
let caller: Pod;
let ip: string;
let server: DubboServer;
let open: TestRegistry;
let closed: TestRegistry;
let client: DubboClient;

before(async () => {
  process.env.DOCKER_CONFIG = directory;
  open = await TestRegistry.start();
  // Istio 1.29.1 refuses a realm that is no public URL, also for passwords.
  closed = await TestRegistry.start({ auth: { basicRealm: "https://registry.example/" } });
  const auth = Buffer.from(`${USER.name}:${USER.password}`).toString("base64");
  const auths = { [`127.0.0.1:${closed.port}`]: { auth } };
  writeFileSync(join(directory, "config.json"), JSON.stringify({ auths }));
  lab = await Lab.start();
  await door(OPEN, open);
  await door(CLOSED, closed);
  // Without a proxy: this is about the caller's.
  const greeter = await lab.pod({ name: "greeter", proxy: "none" });
  server = await DubboServer.start({ tag: "v1", port: await greeter.listen(port) });
  const ports = [{ name: "dubbo", port, appProtocol: "http2" }];
  ({ ip } = await lab.service({ name: "greeter", ports, pods: [greeter] }));
  await lab.apply(resources(ip));
  caller = await lab.pod({ name: "caller" });
});
after(async () => {
  client?.close();
  await server?.close();
  for (const each of doors) each.close();
  await lab?.stop();
  await open?.stop();
  await closed?.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** Lets the lab reach a registry by a port of its node. */
async function door(at: number, registry: TestRegistry): Promise<void> {
  const each = createServer((socket) => {
    const inner = connect(registry.port, "127.0.0.1");
    const end = () => [socket, inner].forEach((side: Socket) => side.destroy());
    for (const side of [socket, inner]) side.on("error", end).on("close", end);
    socket.pipe(inner).pipe(socket);
  });
  doors.push(each.listen(await lab.node.listen(at)));
}

/** Pushes, and says what a WasmPlugin is to name. */
async function deliver(module: Module, tag: string, format: Format, to = open) {
  const image = imageOf(module, format);
  await push(image, parseReference(`127.0.0.1:${to.port}/argot:${tag}`, tag), false);
  const at = to === open ? OPEN : CLOSED;
  const sha256 = image.manifest.digest.replace("sha256:", "");
  return { url: `oci://${NODE_IP}:${at}/argot:${tag}`, sha256 };
}

/** How often this revision is loaded, as Envoy's statistics say. */
async function loaded(revision: string): Promise<number> {
  const { version = "" } = standard;
  const labels = `argot_version=.=${version};.;argot_revision=.=${revision};.;`;
  return caller.proxy.stat(`wasmcustom.argot.greeter.${labels}build_info`);
}

async function call(through: DubboClient): Promise<unknown> {
  return (await through.call({ args: ["x"] })).value;
}

/** One call over a connection of its own; undefined if that is closed before the answer. */
async function callAnew(): Promise<unknown> {
  const fresh = await DubboClient.connect(await caller.connect(ip, port));
  return call(fresh)
    .catch(() => undefined)
    .finally(() => fresh.close());
}

describe("Istio's agent", () => {
  it("pulls an image in format compat, by its hash", async () => {
    await lab.apply(plugin({ ...(await deliver(standard, "1", "compat")), revision: "one" }));
    await caller.proxy.until(async () => (await loaded("one")) > 0, "plugin from the registry");
    client = await DubboClient.connect(await caller.connect(ip, port));
    assert.equal(await call(client), "v1:x");
  });

  it("pulls another module in format wasm while calls run", async () => {
    const wanted = await deliver(next, "2", "wasm");
    await lab.apply(plugin({ ...wanted, revision: "two" }));
    await caller.proxy.until(async () => {
      assert.equal(await call(client), "v1:x");
      return (await loaded("two")) > 0;
    }, "second module");
    await caller.proxy.configured(`${wanted.sha256}.wasm`);
    assert.equal(await callAnew(), "v1:x");
  });

  it("refuses an image with another hash: new connections are closed, open ones go on", async () => {
    const right = await deliver(next, "3", "compat");
    await lab.apply(plugin({ ...right, sha256: mistaken, revision: "three" }));
    const says = `which does not match: ${mistaken}`;
    await caller.proxy.until(() => caller.proxy.log().includes(says), "refusal in the agent's log");
    await caller.proxy.until(async () => (await callAnew()) === undefined, "refused connection");
    assert.equal(await loaded("three"), 0);
    assert.equal(await call(client), "v1:x");

    await lab.apply(plugin({ ...right, revision: "three" }));
    await caller.proxy.until(async () => (await loaded("three")) > 0, "plugin with the right hash");
    assert.equal(await callAnew(), "v1:x");
    assert.equal(await call(client), "v1:x");
  });

  it("logs in by the secret that the plugin names", async () => {
    const wanted = await deliver(standard, "4", "compat", closed);
    const auth = Buffer.from(`${USER.name}:${USER.password}`).toString("base64");
    const docker = { auths: { [`${NODE_IP}:${CLOSED}`]: { auth } } };
    await lab.apply([
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "registry" },
        type: "kubernetes.io/dockerconfigjson",
        stringData: { ".dockerconfigjson": JSON.stringify(docker) },
      },
    ]);
    await lab.apply(plugin({ ...wanted, revision: "four", secret: "registry" }));
    await caller.proxy.until(async () => (await loaded("four")) > 0, "plugin behind a login");
    assert.equal(await callAnew(), "v1:x");
  });
});
