/**
 * A live service moves from TCP to lanes and back, by the steps of docs/rollout.md, while it is
 * called: no call fails.
 */
import assert from "node:assert/strict";
import { after, before, describe, test, type TestContext } from "node:test";
import type { Phase } from "../../scripts/protocol/model.js";
import { ALL } from "../../scripts/istio/emit/default-routes.js";
import { outboundCluster } from "../../scripts/istio/hosts.js";
import { TEMPORARY } from "../../scripts/istio/resource.js";
import { DubboClient } from "../support/dubbo.js";
import { until } from "../support/wait.js";
import {
  applicationProtocol,
  authentication,
  destinationRule,
  VERSIONS,
  virtualService,
} from "./support/documents.js";
import { Greeter, HOST, PORT, type GreeterOptions } from "./support/greeter.js";
import type { Resource } from "./support/kubernetes.js";
import { manifests } from "./support/manifests.js";
import { Traffic } from "./support/traffic.js";

/** Seconds; in Istio the default is 45. */
const DRAIN = 4;
/** Milliseconds: within the drain, and more calls than one. */
const AGE = 500;

const routes =
  destinationRule(VERSIONS) +
  virtualService(`\
    - name: alice
      match: [{ headers: { x-argot-attachment-user: { exact: alice } } }]
      route: [{ destination: { host: greeter, subset: v2 } }]
    - name: default
      route: [{ destination: { host: greeter, subset: v1 } }]`);

interface Case {
  mtls: "PERMISSIVE" | "STRICT";
  /** Of the ApplicationProtocol. */
  istio: object;
  /** The user's own, or none. */
  routes: string;
}

/** What a stage of either interception mode needs, besides its greeter. */
interface Stage {
  greeter: Greeter;
  targetPort: number;
  /** Where the caller's application calls. */
  address: string;
  /** Applies what else of the user's says the port's protocol, besides the Service. */
  ports: (protocol: "TCP" | "HTTP2") => Promise<void>;
}

const sidecar = { outbound: "sidecar", clients: ["default"] };

describe("a live service, intercepted", () => {
  const stage = staged({ targetPort: 20881 });
  test("a chain of lanes' own, PERMISSIVE", (t) =>
    moves(t, stage(), { mtls: "PERMISSIVE", istio: {}, routes }));
  test("a listener of the service's address, STRICT", (t) =>
    moves(t, stage(), { mtls: "STRICT", istio: sidecar, routes }));
  test("without routes of the user's", (t) =>
    moves(t, stage(), { mtls: "PERMISSIVE", istio: {}, routes: "" }));
});

describe("a live service, not intercepted", () => {
  const stage = staged({ listenOn: "127.0.0.1" }, "NONE");
  test("PERMISSIVE", (t) =>
    moves(t, stage(), { mtls: "PERMISSIVE", istio: { interception: "NONE" }, routes }));
});

/** Starts the stage of a suite, and returns how its tests get it. */
function staged(options: GreeterOptions, interception: "REDIRECT" | "NONE" = "REDIRECT") {
  let stage: Stage | undefined;
  before(async () => {
    const pod = { interception, config: { drainDuration: `${DRAIN}s` } };
    const port = { portName: "tcp-dubbo", appProtocol: null };
    const greeter = await Greeter.start({ ...options, ...port, caller: pod, server: () => pod });
    const { targetPort = PORT } = options;
    const address = interception === "NONE" ? "127.0.0.1" : greeter.ip;
    const ports = async (port: "TCP" | "HTTP2") => {
      if (interception === "NONE") await greeter.lab.apply(servers(port));
    };
    await ports("TCP");
    stage = { greeter, targetPort, address, ports };
  });
  after(() => stage?.greeter.stop());
  return () => stage!;
}

/** Without interception servers' listeners are what their own Sidecar says. */
const servers = (port: "TCP" | "HTTP2") => `
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: { name: greeter, namespace: default }
spec:
  workloadSelector: { labels: { app: greeter } }
  ingress:
    - port: { number: ${PORT}, protocol: ${port}, name: ${port.toLowerCase()}-dubbo }
      defaultEndpoint: 127.0.0.1:${PORT}
  egress: [{ hosts: ["~/*"] }]
`;

async function moves(t: TestContext, stage: Stage, given: Case): Promise<void> {
  const { lab } = stage.greeter;
  await lab.apply(authentication(given.mtls));
  if (given.routes) await lab.apply(given.routes);
  else await lab.kubectl(["delete", "vs,dr", "--all", "--namespace=default"]);
  await untilAuthenticating(stage, given.mtls);
  const calling = traffic(stage, given);
  try {
    await rollout(t, stage, given);
  } finally {
    await Promise.all(calling.map((each) => each.stop()));
  }
  for (const { name, calls, connections, failures } of calling) {
    t.diagnostic(`${name}: ${failures.length} of ${calls} failed, ${connections} connections`);
    for (const { why, ...times } of failures) {
      const [at, took, age] = [times.at, times.took, times.age].map(Math.round);
      t.diagnostic(`  at ${at}, after ${took} ms, connection of ${age} ms: ${why}`);
    }
  }
  const [endless, ...others] = calling;
  for (const { name, failures } of others) assert.deepEqual(failures, [], name);
  // Envoy closes a connection when the drain of its chain ends, whatever is in flight: at
  // preparing, switching, and when all is removed; and lanes', where a drain is as short as here.
  assert.ok(endless!.failures.length <= 4, "calls cut off");
  for (const { why } of endless!.failures) assert.match(why, /closed before the reply came/);
}

/** Clients; the first keeps its connection for as long as it can. */
function traffic(stage: Stage, { mtls }: Case): Traffic[] {
  const open = () => connect(stage);
  const direct = () => connectUnmeshed(stage);
  return [
    new Traffic("one connection", { open, age: Infinity }),
    new Traffic("renewed connections", { open, age: AGE }),
    new Traffic("a connection for each call", { open, age: 0 }),
    ...(mtls === "STRICT" ? [] : [new Traffic("an unmeshed client", { open: direct, age: AGE })]),
  ];
}

/** The steps there and back. */
async function rollout(t: TestContext, stage: Stage, { istio, routes }: Case): Promise<void> {
  const { greeter, targetPort, ports } = stage;
  const { lab, caller, proxies } = greeter;
  const documents = [protocol(stage, istio), service(targetPort), ...(routes ? [routes] : [])];
  const made = (phase: Phase) => manifests(documents.join(""), { phase });
  const remove = (kinds: string, label: string) =>
    lab.kubectl(["delete", kinds, "--all-namespaces", `--selector=${label}`]);
  const requests = () => caller.proxy.stat("wasmcustom.argot.greeter.requests");
  const all = (sign: string, isThere = true) =>
    Promise.all(
      proxies.map((proxy) => proxy.until(async () => (await has(proxy, sign)) === isThere, sign)),
    );
  const here = (sign: string, isThere = true) =>
    caller.proxy.until(async () => (await has(caller.proxy, sign)) === isThere, sign);
  let at = performance.now();
  const done = (step: string) => {
    const now = performance.now();
    t.diagnostic(`${step}: ${((now - at) / 1_000).toFixed(1)} s, now ${Math.round(now)}`);
    at = now;
  };
  const before = await requests();

  await lab.apply(made("prepare"));
  await all("istio-system.argot-greeter");
  await all(`argot-inbound|${targetPort}`);
  await drained(proxies);
  assert.equal(await requests(), before, "lanes are not used yet");
  done("prepared");

  await lab.apply(made("switch"));
  await ports("HTTP2");
  await until(async () => (await requests()) > before, { timeout: 30_000, what: "lanes" });
  await Promise.all(proxies.slice(1).map((proxy) => proxy.configured(`inbound|http|${PORT}`)));
  await drained(proxies);
  if (routes) assert.equal(await answerTo("alice", stage), "v2:x");
  done("switched");

  await lab.apply(made("clean"));
  await caller.proxy.until(() => isRaw(caller.proxy), "clusters of lanes");
  await remove("virtualservice", TEMPORARY);
  await here("|argot-lanes|", !routes); // a DestinationRule's cluster; no route names it
  await remove("destinationrule,serviceentry,envoyfilter", TEMPORARY);
  await here("argot-ahead", false);
  await drained(proxies);
  if (routes) assert.equal(await answerTo("alice", stage), "v2:x");
  done("clean");

  await lab.apply(made("switch").filter((resource) => temporary(resource) === "targets"));
  await here("argot-ahead");
  if (!routes) await caller.proxy.until(() => isRaw(caller.proxy, ALL), ALL);
  await lab.apply(made("switch").filter((resource) => temporary(resource) !== undefined));
  if (!routes) await here('"name": "all"');
  await lab.apply(made("switch"));
  await caller.proxy.until(async () => !(await isRaw(caller.proxy)), "clusters of TCP");
  await drained(proxies);
  done("back to the switch");

  await lab.apply(made("prepare"));
  await lab.apply(service(targetPort));
  await ports("TCP");
  await here(`"${HOST}:${PORT}"`, false);
  await drained(proxies);
  done("back to TCP");

  await remove("serviceentry", TEMPORARY);
  await here(`0.0.0.0_${PORT}`, false);
  await drained(proxies);
  const last = await requests();
  for (const user of ["alice", "bob"]) await answerTo(user, stage);
  assert.equal(await requests(), last, "lanes are used no more");
  done("without lanes");

  await remove("wasmplugin,envoyfilter,sidecar,vs,dr", "app.kubernetes.io/managed-by=argot");
  await all("argot-inbound", false);
  await drained(proxies);
  done("removed");
}

const protocol = ({ greeter, targetPort }: Stage, istio: object) =>
  applicationProtocol(
    `\
  routeOn: [service, method, attachment.user]
  lanes: { maxAgeSeconds: 1 }
  istio: ${JSON.stringify(istio)}`,
    `host: ${HOST}, port: ${PORT}, targetPort: ${targetPort}, addresses: [${greeter.ip}]`,
  );

const service = (targetPort: number) => `---
apiVersion: v1
kind: Service
metadata: { name: greeter, namespace: default }
spec:
  selector: { app: greeter }
  ports: [{ name: tcp-dubbo, port: ${PORT}, targetPort: ${targetPort} }]
`;

type Sidecar = Greeter["proxies"][number];

const has = async (proxy: Sidecar, sign: string) =>
  (await proxy.admin("/config_dump?include_eds")).includes(sign);

/** Does the cluster of the service's port, or of a subset of it, send lanes' bytes raw? */
async function isRaw(proxy: Sidecar, subset?: string): Promise<boolean> {
  const dump = await proxy.admin("/config_dump?resource=dynamic_active_clusters");
  const { configs } = JSON.parse(dump) as { configs: { cluster: { name: string } }[] };
  const wanted = outboundCluster(HOST, PORT, subset);
  const found = configs.find(({ cluster }) => cluster.name === wanted);
  return found !== undefined && "upstream_config" in found.cluster;
}

function temporary({ metadata }: Resource): string | undefined {
  const { labels = {} } = metadata as { labels?: Record<string, string> };
  return labels[TEMPORARY];
}

const connect = async ({ greeter, address }: Stage) =>
  DubboClient.connect(await greeter.caller.connect(address, PORT));

const connectUnmeshed = async ({ greeter, targetPort }: Stage) =>
  DubboClient.connect(await greeter.lab.node.connect(greeter.pods.get("v1")!.ip, targetPort));

async function answerTo(user: string, stage: Stage): Promise<unknown> {
  const client = await connect(stage);
  const call = { service: "demo.Greeter", args: ["x"], attachments: { user } };
  const { value } = await client.call(call).finally(() => client.close());
  return value;
}

/** Waits until servers' sidecars take plain connections, or don't. */
async function untilAuthenticating(stage: Stage, mtls: Case["mtls"]): Promise<void> {
  const isOpen = async () => {
    const client = await connectUnmeshed(stage);
    const reply = client.call({ args: ["x"] }).finally(() => client.close());
    return reply.then(
      () => true,
      () => false,
    );
  };
  const isSo = async () => (await isOpen()) === (mtls === "PERMISSIVE");
  await until(isSo, { timeout: 30_000, what: mtls });
  await until(async () => (await answerTo("bob", stage)) !== null, { timeout: 30_000 });
  await drained(stage.greeter.proxies);
}

/** Waits until the proxies have no listener and no chain of an older configuration. */
async function drained(proxies: readonly Sidecar[]): Promise<void> {
  const isDrained = async () => {
    const filter = "^listener_manager.*(draining|warming)";
    const stats = await Promise.all(proxies.map((proxy) => proxy.stats(filter)));
    return stats.every((each) => [...each.values()].every((value) => value === 0));
  };
  await until(isDrained, { timeout: 60_000, every: 100, what: "end of the drain" });
}
