/**
 * Servers that can't be reached: each call that waits for its lane gets exactly one answer, an
 * error that says what happened, or the response of another server.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DubboClient, STATUS, type Reply } from "../support/dubbo.js";
import { freePort } from "../support/ports.js";
import { until } from "../support/wait.js";
import { HoldingServer } from "./support/holding.js";
import { SilentServer } from "./support/silent.js";
import { StaticStage, type Cluster } from "./support/static-stage.js";

/** Milliseconds. */
const CONNECT_TIMEOUT = 300;

let first: HoldingServer;
let second: HoldingServer;
let silent: SilentServer;
let stage: StaticStage;

before(async () => {
  [first, second, silent] = await Promise.all([
    HoldingServer.start("first"),
    HoldingServer.start("second"),
    SilentServer.start(),
  ]);
  const deadPort = await freePort();
  const setups = {
    ...{ refused: deadPort, silent: silent.port, leaver: silent.port },
    ...{ crowded: first.port, again: deadPort, ejected: deadPort, takeover: first.port },
  };
  const impatient = (cluster: Cluster) => {
    cluster.connect_timeout = `${CONNECT_TIMEOUT / 1000}s`;
  };
  stage = await StaticStage.start(
    Object.entries(setups).map(([name, port]) => ({
      ...{ name, subsets: { v1: port } },
      ...(name === "takeover" && { routeOn: ["service"] }),
    })),
    {
      silent: impatient,
      leaver: impatient,
      crowded: ({ circuit_breakers }) =>
        Object.assign(circuit_breakers.thresholds[0]!, {
          max_connections: 1,
          max_pending_requests: 1,
        }),
      again: (cluster) => addEndpoint(cluster, second.port),
      ejected: (cluster, route) => {
        addEndpoint(cluster, second.port);
        delete route.retry_policy;
      },
      takeover: (cluster) => addEndpoint(cluster, second.port),
    },
  );
});

after(async () => {
  await stage?.stop();
  await Promise.all([first, second, silent].map((each) => each?.close()));
});

function addEndpoint({ load_assignment }: Cluster, port: number): void {
  const address = { socket_address: { address: "127.0.0.1", port_value: port } };
  load_assignment.endpoints[0]!.lb_endpoints.push({ endpoint: { address } });
}

async function fail(calls: Promise<Reply>[], says: string): Promise<void> {
  for (const { status, error } of await Promise.all(calls)) {
    assert.equal(status, STATUS.SERVER_ERROR);
    assert.ok(error?.includes(says), `"${error}" does not say "${says}"`);
  }
}

/** The client leaves; nothing of `name` is left in the filter and in Envoy. */
async function leave(client: DubboClient, name: string): Promise<void> {
  assert.deepEqual(client.unsolicited, [], "nobody is answered twice");
  assert.equal(client.inFlight, 0);
  client.close();
  await stage.counts(name, { connections_active: 0, lanes_active: 0, responses_unexpected: 0 });
  await stage.connections(name, 0);
}

test("a server that refuses connections: each call of the lane is told so", async () => {
  const client = await DubboClient.connect(stage.port("refused"));
  const calls = Array.from({ length: 8 }, () => client.call());
  await fail(calls, "remote connection failure");
  await stage.counts("refused", { requests: 8, error_replies: 8, requests_refused: 0 });
  await stage.logged("refused", "URX,UF");
  await leave(client, "refused");
});

test("a server that answers no attempt to connect: the calls are told after connect_timeout", async () => {
  const client = await DubboClient.connect(stage.port("silent"));
  const start = performance.now();
  const calls = Array.from({ length: 8 }, () => client.call());
  await fail(calls, "connection timeout");
  const took = performance.now() - start;
  assert.ok(took > CONNECT_TIMEOUT / 2, `they were told after ${took} ms already`);
  await stage.counts("silent", { requests: 8, error_replies: 8, lanes_failed: 1 });
  await stage.logged("silent", "URX,UF");
  await leave(client, "silent");
});

test("a client that leaves while its lane connects leaves nothing behind", async () => {
  const client = await DubboClient.connect(stage.port("leaver"));
  const calls = Array.from({ length: 8 }, () => client.call());
  await stage.connections("leaver", 1);
  client.close();
  for (const call of calls) await assert.rejects(call, /closed before the reply/);
  await stage.counts("leaver", { connections_active: 0, lanes_active: 0, error_replies: 0 });
  await stage.connections("leaver", 0);
});

test("more lanes than the cluster may have connections: one waits its turn, others are told", async () => {
  const client = await DubboClient.connect(stage.port("crowded"));
  const patient = await DubboClient.connect(stage.port("crowded"));
  const { answered } = await first.hold(client, 2);
  const waiting = patient.call({ args: ["my turn"] });
  const isPending = async () => (await stage.stat("crowded", "upstream_rq_pending_active")) === 1;
  await until(isPending, { what: "lane that waits for a connection" });
  await fail(
    Array.from({ length: 4 }, () => client.call({ method: "other" })),
    "overflow",
  );
  assert.equal(patient.inFlight, 1);
  await answered();
  client.close(); // its lane, and so its connection to the server
  assert.equal((await waiting).value, "first:my turn");
  await stage.counts("crowded", { requests: 7, responses: 3, error_replies: 4 });
  await stage.logged("crowded", "UO");
  await leave(patient, "crowded");
});

test("Envoy's retry of connects finds the endpoint that lives, and no call notices", async () => {
  const clients = await Promise.all(
    Array.from({ length: 20 }, () => DubboClient.connect(stage.port("again"))),
  );
  const calls = clients.flatMap((client, i) =>
    [0, 1, 2].map(async (j) => {
      const { value, error } = await client.call({ args: [`${i}.${j}`] });
      assert.equal(value, `second:${i}.${j}`, error);
    }),
  );
  await Promise.all(calls);
  const refused = await stage.stat("again", "upstream_cx_connect_fail");
  assert.ok(refused > 0, "no lane met the dead endpoint");
  await stage.counts("again", { requests: 60, responses: 60, error_replies: 0, lanes_opened: 20 });
  for (const client of clients) client.close();
  await stage.connections("again", 0);
});

test("Envoy's outlier detection takes a dead endpoint out: then no lane meets it", async () => {
  let errors = 0;
  let good = 0;
  // Without it, three lanes in four would go to the endpoint that has nothing to do.
  await until(async () => {
    const client = await DubboClient.connect(stage.port("ejected"));
    const { status } = await client.call();
    client.close();
    if (status !== STATUS.OK) errors++;
    good = status === STATUS.OK ? good + 1 : 0;
    return good === 20;
  });
  assert.ok(errors > 0, "no lane met the dead endpoint");
  await stage.counts("ejected", { error_replies: errors, lanes_active: 0 });
});

test("a server dies: its calls are told, and another endpoint takes over", async () => {
  const client = await DubboClient.connect(stage.port("takeover"));
  const { value } = await client.call({ args: ["who?"] }); // opens the lane
  const [dying, living] = value === "first:who?" ? [first, "second"] : [second, "first"];
  const { calls } = await dying.hold(client, 8);
  await dying.close();
  await fail(calls, "the server closed the connection");
  // Each call opens a lane, until one falls to the endpoint that lives.
  let refused = 0;
  await until(async () => {
    const reply = await client.call({ args: ["anyone?"] });
    if (reply.status === STATUS.OK) return reply.value === `${living}:anyone?`;
    assert.match(reply.error ?? "", /remote connection failure/);
    refused++;
    return false;
  });
  for (let i = 0; i < 20; i++) {
    assert.equal((await client.call({ args: [`${i}`] })).value, `${living}:${i}`);
  }
  await stage.counts("takeover", { responses: 22, error_replies: 8 + refused });
  await leave(client, "takeover");
});
