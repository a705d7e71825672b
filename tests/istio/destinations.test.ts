/** What a DestinationRule can say, applied to lanes by an Istio as it is installed. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { STATUS, type DubboClient, type Reply } from "../support/dubbo.js";
import { until } from "../support/wait.js";
import { applicationProtocol, destinationRule, virtualService } from "./support/documents.js";
import { Greeter, HOST, PORT } from "./support/greeter.js";
import { manifests } from "./support/manifests.js";

const protocol = applicationProtocol("  routeOn: [service, method, attachment.user]");

/** Subsets, each with a policy of its own; a call's method is the name of its subset. */
const live = `labels: { live: "yes" }`;
const everywhere = "loadBalancer: { simple: ROUND_ROBIN, localityLbSetting: { enabled: false } }";
const ejecting = (outlierDetection: string, label = "mixed") =>
  `labels: { ${label}: "yes" }, trafficPolicy: { ${everywhere}, outlierDetection: { ${outlierDetection}, maxEjectionPercent: 100 } }`;
const subsets = {
  one: `labels: { version: s1 }`,
  hash: `${live}, trafficPolicy: { loadBalancer: { consistentHash: { httpHeaderName: x-argot-attachment-user } } }`,
  rounds: `${live}, trafficPolicy: { loadBalancer: { simple: ROUND_ROBIN } }`,
  least: `${live}, trafficPolicy: { loadBalancer: { simple: LEAST_REQUEST } }`,
  limited: `labels: { version: s2 }, trafficPolicy: { connectionPool: { tcp: { maxConnections: 1 }, http: { http1MaxPendingRequests: 1 } } }`,
  near: `${live}, trafficPolicy: { outlierDetection: { consecutive5xxErrors: 1, maxEjectionPercent: 100, baseEjectionTime: 60s } }`,
  errors: ejecting("consecutive5xxErrors: 2"),
  gateway: ejecting("consecutive5xxErrors: 0, consecutiveGatewayErrors: 2"),
  local: ejecting(
    "consecutive5xxErrors: 0, splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 2",
  ),
  behind: ejecting("consecutive5xxErrors: 1", "behind"),
  split: ejecting(
    "consecutive5xxErrors: 2, splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 0",
  ),
};
const names = Object.keys(subsets) as (keyof typeof subsets)[];

const rules = names.map((name) => `    - { name: ${name}, ${subsets[name]} }`);
const routes =
  destinationRule(rules.join("\n")) +
  virtualService(
    names
      .map(
        (name) => `\
    - match: [{ headers: { x-argot-method: { exact: ${name} } } }]
      route: [{ destination: { host: greeter, subset: ${name} } }]
      retries: { attempts: ${name === "near" ? 2 : 0} }`,
      )
      .join("\n"),
  );

const SERVERS: Record<string, { locality: string; labels: Record<string, string> }> = {
  s1: { locality: "north/a", labels: { live: "yes", mixed: "yes", behind: "yes" } },
  s2: { locality: "north/b", labels: { live: "yes", mixed: "yes" } },
  s3: { locality: "south/a", labels: { live: "yes", mixed: "yes" } },
  dead: { locality: "north/a", labels: { mixed: "yes" } },
  shell: { locality: "north/a", labels: { behind: "yes" } },
};
let greeter: Greeter;

before(async () => {
  greeter = await Greeter.start({
    versions: Object.keys(SERVERS),
    caller: { locality: "north/a" },
    // Of the two that don't listen one is dead altogether, the other's sidecar lives.
    server: (version) => ({
      proxy: version === "shell" ? "sidecar" : "none",
      locality: SERVERS[version]!.locality,
      labels: { app: "greeter", version, ...SERVERS[version]!.labels },
    }),
  });
  await Promise.all(["dead", "shell"].map((name) => greeter.servers.get(name)!.close()));
  await greeter.lab.apply(routes);
  await greeter.lab.apply(manifests(protocol + routes));
  await greeter.pods.get("shell")!.proxy.configured("argot-inbound|20880");
  await greeter.caller.proxy.configured("outbound_20880_lanes");
  await greeter.caller.proxy.configured("outbound|20880|split|");
});
after(() => greeter?.stop());

/** Calls by as many new connections, all of which stay open until all are answered. */
async function calls(count: number, subset: keyof typeof subsets, user = "bob"): Promise<Reply[]> {
  const clients = await Promise.all(Array.from({ length: count }, () => greeter.connect()));
  const replies: Reply[] = [];
  for (const client of clients) {
    replies.push(await client.call({ method: subset, args: ["x"], attachments: { user } }));
  }
  for (const client of clients) client.close();
  return replies;
}

/** How many of the calls each server answered. */
function counts(replies: readonly Reply[]): Record<string, number> {
  const answered: Record<string, number> = {};
  for (const { value, error } of replies) {
    const tag = error ?? String(value).slice(0, 2);
    answered[tag] = (answered[tag] ?? 0) + 1;
  }
  return answered;
}

const failures = (replies: readonly Reply[]) =>
  replies.filter(({ status }) => status !== STATUS.OK).length;

test("subsets: servers by their labels", async () => {
  assert.deepEqual(counts(await calls(6, "one")), { s1: 6 });
});

test("ROUND_ROBIN: lanes go to each server in turn", async () => {
  assert.deepEqual(counts(await calls(9, "rounds")), { s1: 3, s2: 3, s3: 3 });
});

test("LEAST_REQUEST: every server gets lanes", async () => {
  const answered = counts(await calls(12, "least"));
  assert.deepEqual(Object.keys(answered).sort(), ["s1", "s2", "s3"]);
});

test("consistentHash: a user's calls go to the same server from every connection", async () => {
  const homes = new Map<string, string>();
  for (let i = 0; i < 12; i++) {
    const answered = Object.keys(counts(await calls(3, "hash", `user-${i}`)));
    assert.equal(answered.length, 1, `user-${i}: ${answered.join()}`);
    homes.set(`user-${i}`, answered[0]!);
  }
  assert.ok(new Set(homes.values()).size > 1, "all users have one server");
});

test("maxConnections: beyond it a lane waits, beyond http1MaxPendingRequests a call fails", async () => {
  const [first, ...more] = await Promise.all([1, 2, 3].map(() => greeter.connect()));
  const ask = (client: DubboClient) => client.call({ method: "limited", args: ["x"] });
  assert.equal((await ask(first!)).value, "s2:x");
  const asked = more.map(ask);
  const failed = await Promise.race(asked);
  assert.equal(failed.status, STATUS.SERVER_ERROR);
  assert.match(String(failed.error), /overflow/);
  assert.equal((await ask(first!)).value, "s2:x");
  first!.close();
  assert.deepEqual(counts(await Promise.all(asked)), { s2: 1, [String(failed.error)]: 1 });
});

const FIELDS = {
  errors: "consecutive5xxErrors",
  gateway: "consecutiveGatewayErrors",
  local: "consecutiveLocalOriginFailures with splitExternalLocalOriginErrors",
};
for (const name of ["errors", "gateway", "local"] as const) {
  test(`outlierDetection ejects a server that refuses connections: ${FIELDS[name]}`, async () => {
    assert.ok(failures(await calls(8, name)) > 0);
    await until(() => ejected(name), { what: "ejected server" });
    assert.equal(failures(await calls(8, name)), 0);
  });
}

test("outlierDetection: with splitExternalLocalOriginErrors consecutive5xxErrors counts nothing", async () => {
  assert.equal(failures(await calls(16, "split")), 4);
  assert.equal(await ejected("split"), false);
});

test("outlierDetection: an application that is dead behind its sidecar is not ejected", async () => {
  const replies = await calls(8, "behind");
  assert.equal(failures(replies), 4);
  assert.equal(await ejected("behind"), false);
});

test("locality: the nearest servers, and the next nearest when those are gone", async () => {
  assert.deepEqual(counts(await calls(6, "near")), { s1: 6 });
  await greeter.servers.get("s1")!.close();
  await calls(4, "near");
  await until(() => ejected("near"), { what: "ejected server" });
  assert.deepEqual(counts(await calls(6, "near")), { s2: 6 });
});

/** Whether outlier detection keeps a server of the subset from getting lanes. */
async function ejected(subset: keyof typeof subsets): Promise<boolean> {
  const lines = (await greeter.caller.proxy.admin("/clusters")).split("\n");
  const flags = `outbound|${PORT}|${subset}|${HOST}::`;
  return lines.some((line) => line.startsWith(flags) && line.includes("/failed_outlier_check"));
}
