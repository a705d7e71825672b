/** The examples in istio/, as a user applies them: with kubectl, and `argot manifest` for ours. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { Server } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { packageRoot } from "../../scripts/cli/paths.js";
import { wasm } from "../e2e/support/stage.js";
import { argot } from "../support/cli.js";
import { DubboClient, DubboServer } from "../support/dubbo.js";
import { until } from "../support/wait.js";
import { TallyClient, tallyServer, Type } from "../support/tally.js";
import { ThriftClient, ThriftServer } from "../support/thrift.js";
import { Lab } from "./support/lab.js";
import { istio } from "./support/manifests.js";
import type { Pod } from "./support/pod.js";

let lab: Lab;
let caller: Pod;
const pods: Pod[] = [];
const servers: { close(): unknown }[] = [];
const clients: { close(): void }[] = [];
const ips = new Map<string, string>();

before(async () => {
  lab = await Lab.start();
  for (const tag of ["v1", "v2"]) {
    const pod = await lab.pod({ name: `all-${tag}`, labels: { app: "all", version: tag } });
    pods.push(pod);
    const listen = (port: number): Promise<Server> => pod.listen(port);
    servers.push(
      await DubboServer.start({ tag, port: await listen(20880) }),
      await ThriftServer.start({ tag, port: await listen(9090) }),
      await tallyServer(tag, await listen(7000)),
    );
  }
  for (const [name, port] of [
    ["greeter", 20880],
    ["calculator", 9090],
    ["tally", 7000],
  ] as const) {
    // As they are before anybody knows of Argot.
    const ports = [{ name: `tcp-${name}`, port }];
    ips.set(name, (await lab.service({ name, ports, pods })).ip);
  }
  caller = await lab.pod({ name: "caller" });
});

after(async () => {
  for (const client of clients) client.close();
  for (const server of servers) server.close();
  await lab?.stop();
});

/** `argot manifest -f FILES | kubectl apply -f -`, and what its notes say is left to do. */
async function applyManifest(...files: string[]): Promise<void> {
  const options = [`--image=file://${wasm}`, `--istio=${istio}`];
  const { status, stdout, stderr } = argot("manifest", ...options, "-f", ...files);
  assert.equal(status, 0, stderr);
  await lab.apply(stdout);
}

/** The port of a service becomes HTTP2, as the notes of `argot manifest` say it. */
async function switchPort(name: string, port: number): Promise<void> {
  const patch = JSON.stringify({ spec: { ports: [{ port, appProtocol: "http2" }] } });
  await lab.kubectl(["-n", "default", "patch", "service", name, "-p", patch]);
}

const text = (file: string): string => readFileSync(join(packageRoot, file), "utf8");

async function start(example: string, name: string, port: number): Promise<void> {
  await lab.apply(text(`istio/${example}/routes.yaml`));
  await applyManifest(`istio/${example}/protocol.yaml`, `istio/${example}/routes.yaml`);
  await switchPort(name, port);
  await caller.proxy.configured(`outbound_${port}_lanes`);
  for (const { proxy } of pods) await proxy.configured(`argot-inbound|${port}`);
  await caller.proxy.configured(new RegExp(`"0\\.0\\.0\\.0_${port}"`));
}

const ip = (name: string): string => ips.get(name)!;

test("Dubbo: routed by an attachment", async () => {
  await start("dubbo", "greeter", 20880);
  const client = await DubboClient.connect(await caller.connect(ip("greeter"), 20880));
  clients.push(client);
  const ask = async (user: string) =>
    (await client.call({ args: ["x"], attachments: { user } })).value;
  assert.equal(await ask("alice"), "v2:x");
  const answers = await Promise.all(Array.from({ length: 100 }, () => ask("bob")));
  const v2 = answers.filter((answer) => answer === "v2:x").length;
  assert.ok(v2 > 0 && v2 < 50, `v2 got ${v2} of 100`);
});

test("Thrift: routed by the method", async () => {
  await start("thrift", "calculator", 9090);
  const client = await ThriftClient.connect(await caller.connect(ip("calculator"), 9090));
  clients.push(client);
  assert.equal((await client.call({ name: "add", text: "x" })).text, "v1:x");
  assert.equal((await client.call({ name: "newAdd", text: "x" })).text, "v2:x");
});

test("a protocol of one's own: routed by what its description says", async () => {
  await start("own-protocol", "tally", 7000);
  const client = await TallyClient.connect(await caller.connect(ip("tally"), 7000));
  clients.push(client);
  assert.match((await client.send(Type.request, "sum", " 1"))[2], /^v2 got/);
  assert.match((await client.send(Type.request, "max", " 1"))[2], /^v1 got/);
});

test("what argot migrate made of Aeraki's resources", async () => {
  await lab.kubectl(["delete", "virtualservice,destinationrule", "greeter"]);
  await lab.apply(text("istio/from-aeraki/routes.yaml"));
  await lab.kubectl([
    "delete",
    "wasmplugin,envoyfilter",
    "--namespace=istio-system",
    "--selector=argot.dev/application-protocol=greeter",
  ]);
  await applyManifest("istio/from-aeraki/argot.yaml", "istio/from-aeraki/routes.yaml");
  // Deleted and made anew, it is not there for a moment.
  await until(
    async () => {
      const client = await DubboClient.connect(await caller.connect(ip("greeter"), 20880));
      clients.push(client);
      const attachments = { user: "alice" };
      const reply = await client
        .call({ method: "greet", args: ["x"], attachments })
        .catch(() => null);
      return reply?.value === "v2:x";
    },
    { timeout: 30_000, what: "a call by the migrated route" },
  );
});
