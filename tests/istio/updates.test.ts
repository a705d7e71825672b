/** Whatever of Istio's configuration changes while calls run on lanes: no call fails. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { wasm } from "../e2e/support/stage.js";
import { DubboClient, DubboServer } from "../support/dubbo.js";
import { until } from "../support/wait.js";
import {
  applicationProtocol,
  destinationRule,
  VERSIONS,
  virtualService,
} from "./support/documents.js";
import { Greeter, PORT } from "./support/greeter.js";
import type { Resource } from "./support/kubernetes.js";
import { manifests } from "./support/manifests.js";
import type { Pod } from "./support/pod.js";
import { Traffic } from "./support/traffic.js";

/** Of lanes, in seconds. */
const MAX_AGE = 2;

const protocol = applicationProtocol(`\
  routeOn: [service, method, attachment.user]
  lanes: { maxAgeSeconds: ${MAX_AGE} }`);

const routes = (user: string) =>
  destinationRule(VERSIONS) +
  virtualService(`\
    - match: [{ headers: { x-argot-attachment-user: { exact: ${user} } } }]
      route: [{ destination: { host: greeter, subset: v2 } }]
    - route: [{ destination: { host: greeter, subset: v1 } }]`);

describe("calls go on", () => {
  const dir = mkdtempSync(join(tmpdir(), "argot-updates-"));
  let greeter: Greeter;
  let client: DubboClient;
  let calling: Traffic[] = [];

  before(async () => {
    greeter = await Greeter.start({ caller: { config: { drainDuration: "5s" } } });
    await greeter.lab.apply(routes("alice"));
    await greeter.lab.apply(manifests(protocol));
    await Promise.all(greeter.proxies.map((proxy) => proxy.configured(`argot-inbound|${PORT}`)));
    await greeter.caller.proxy.configured(`outbound_${PORT}_lanes`);
    client = await greeter.connect();
    await until(async () => (await asked("alice")) === "v2", { timeout: 30_000, what: "a route" });
    const open = () => greeter.connect();
    calling = [
      new Traffic("one connection", { open, age: Infinity }),
      new Traffic("a connection for each call", { open, age: 0 }),
    ];
  });
  const moreCalls = async () => {
    const calls = calling.map((each) => each.calls);
    const isMore = () => calling.every((each, i) => each.calls > calls[i]! + 10);
    await until(isMore, { what: "calls" });
  };
  afterEach(async () => {
    await moreCalls();
    for (const { name, failures } of calling) assert.deepEqual(failures, [], name);
  });
  after(async () => {
    await Promise.all(calling.map((each) => each.stop()));
    await greeter?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const asked = async (user: string) => {
    const call = { service: "demo.Greeter", args: ["x"], attachments: { user } };
    return String((await client.call(call)).value).slice(0, 2);
  };
  const plugin = (change: (spec: Record<string, unknown>) => void): Resource[] => {
    const made = manifests(protocol).filter(({ kind }) => kind === "WasmPlugin");
    for (const { spec } of made) change(spec as Record<string, unknown>);
    return made;
  };
  /** The filter as the caller's Envoy has it, with what it refused, as text. */
  const filter = () => greeter.caller.proxy.admin("/config_dump?resource=ecds_filters");
  /** How often an Envoy has refused a configuration, by its log. */
  const refusals = (proxy: Pod["proxy"]) =>
    proxy.log().match(/rejected|[Uu]nable to create Wasm/g)?.length ?? 0;

  test("as a VirtualService changes; a live connection follows as its lanes end", async (t) => {
    await greeter.lab.apply(routes("bob"));
    const applied = performance.now();
    await until(async () => (await asked("bob")) === "v2", { what: "the route's effect" });
    await until(async () => (await asked("alice")) === "v1", { what: "the end of the old one" });
    const seconds = (performance.now() - applied) / 1_000;
    t.diagnostic(`in effect on a live connection after ${seconds.toFixed(2)} s`);
    // istiod gathers changes for 0.1 s, and pushes; the rest is the age of the lanes.
    assert.ok(seconds < MAX_AGE + 1.5, `${seconds} s`);
  });

  test("as the module changes", async (t) => {
    const next = join(dir, "next.wasm");
    const section = Buffer.from("\0\x06\x04nextx"); // a custom section, named so, of one byte
    writeFileSync(next, Buffer.concat([readFileSync(wasm), section]));
    await greeter.lab.apply(plugin((spec) => (spec.url = `file://${next}`)));
    const applied = performance.now();
    await Promise.all(
      greeter.proxies.map((proxy) =>
        proxy.until(
          async () => (await proxy.admin("/config_dump?resource=ecds_filters")).includes(next),
          "the new module",
        ),
      ),
    );
    t.diagnostic(`with all sidecars after ${((performance.now() - applied) / 1_000).toFixed(2)} s`);
    assert.equal(await asked("bob"), "v2");
  });

  const broken: [string, (spec: Record<string, unknown>) => void][] = [
    ["names a module that is not there", (spec) => (spec.url = `file://${dir}/none.wasm`)],
    ["names a file that is no module", (spec) => (spec.url = `file://${wasmLess(dir)}`)],
    [
      "has a configuration that the filter refuses",
      (spec) => (spec.pluginConfig = { ...(spec.pluginConfig as object), protocol: "nonsense" }),
    ],
  ];
  for (const [title, change] of broken) {
    test(`as a WasmPlugin ${title}: it is refused`, async () => {
      const before = refusals(greeter.caller.proxy);
      await greeter.lab.apply(plugin(change));
      await until(() => refusals(greeter.caller.proxy) > before, {
        timeout: 10_000,
        what: "refusal",
      });
      assert.equal(await asked("bob"), "v2");
      await moreCalls();
      await greeter.lab.apply(plugin(() => undefined));
      const isRight = async () => (await filter()).includes(`"${wasm}"`);
      await greeter.caller.proxy.until(isRight, "the right plugin");
    });
  }

  test("as a pod starts while a configuration is refused, and gets ready when it is corrected", async () => {
    const { lab } = greeter;
    await lab.apply(plugin((spec) => (spec.pluginConfig = { protocol: "nonsense" })));
    const late = await lab.pod({
      name: "late",
      whileStarting: async (proxy) => {
        await proxy.until(() => refusals(proxy) > 0, "refusal");
        await lab.apply(plugin(() => undefined));
      },
    });
    await late.proxy.configured(`outbound_${PORT}_lanes`);
    const call = { service: "demo.Greeter", args: ["x"], attachments: { user: "bob" } };
    const answer = async () => {
      const client = await DubboClient.connect(await late.connect(greeter.ip, PORT));
      return (await client.call(call).finally(() => client.close())).value;
    };
    await until(async () => (await answer()) === "v2:x", { timeout: 20_000, what: "call" });
    await late.stop();
  });

  test("as the EnvoyFilters are applied again, one by one", async () => {
    const filters = manifests(protocol).filter(({ kind }) => kind === "EnvoyFilter");
    for (const resource of filters) {
      const changed = structuredClone(resource) as Resource & { spec: { priority?: number } };
      changed.spec.priority = 7;
      await greeter.lab.apply([changed]);
      await greeter.lab.apply([resource]);
    }
    assert.equal(await asked("bob"), "v2");
  });

  test("as a server comes and another goes", async () => {
    const { lab, pods } = greeter;
    const labels = { app: "greeter", version: "v1" };
    const pod = await lab.pod({ name: "greeter-v3", labels });
    const server = await DubboServer.start({ tag: "v3", port: await pod.listen(PORT) });
    await pod.proxy.configured(`argot-inbound|${PORT}`);
    const serve = (names: (typeof pod)[]) => {
      const ports = [{ name: "dubbo", port: PORT, appProtocol: "http2" }];
      return lab.service({ name: "greeter", ports, pods: names, selector: { app: "greeter" } });
    };
    await serve([...pods.values(), pod]);
    const comes = async (tag: string) => (await asked("nobody")) === tag;
    await until(() => comes("v3"), { timeout: 20_000, what: "calls of the new server" });
    await serve([pods.get("v1")!, pods.get("v2")!]);
    await greeter.caller.proxy.until(
      async () => !(await greeter.caller.proxy.admin("/clusters")).includes(`${pod.ip}:${PORT}`),
      "end of the server",
    );
    // As a pod that is deleted has its grace period: the lanes that are there end by their age.
    let calls = -1;
    const isQuiet = () => calls === (calls = server.calls);
    const every = 1_500 * MAX_AGE;
    await until(isQuiet, { every, timeout: 20_000, what: "end of its lanes" });
    await server.close();
    await pod.stop();
  });
});

/** A file that is no module. */
function wasmLess(dir: string): string {
  const path = join(dir, "text.wasm");
  writeFileSync(path, "not a module");
  return path;
}
