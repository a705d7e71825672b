/** A listener that drains or goes away while calls run: what is in flight is answered. */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { DubboClient, readonlyEvent, STATUS } from "../support/dubbo.js";
import { Envoy } from "../support/envoy.js";
import { until } from "../support/wait.js";
import { HoldingServer } from "./support/holding.js";
import { Stage } from "./support/stage.js";
import { filtersOf, printed } from "./support/static.js";
import { argotStats } from "./support/stats.js";

let holding: HoldingServer;
const open: { stop(): Promise<void> }[] = [];

before(async () => {
  holding = await HoldingServer.start("v1");
});

afterEach(() => holding.release());

after(async () => {
  await Promise.all(open.map((envoy) => envoy.stop()));
  await holding.close();
});

async function refuses(port: number): Promise<boolean> {
  try {
    (await DubboClient.connect(port)).close();
    return false;
  } catch {
    return true;
  }
}

test("calls in flight are answered when their listener is removed", async () => {
  const names = ["stays", "goes"];
  const setups = names.map((name) => ({ name, subsets: { v1: holding.port } }));
  const stage = await Stage.start(setups, 1);
  open.push(stage);
  const port = stage.port("goes");
  const staying = await DubboClient.connect(stage.port("stays"));
  const client = await DubboClient.connect(port);
  const { answered } = await holding.hold(client, 5);
  await stage.envoy.update(stage.model.filter(({ name }) => name === "stays"));
  await until(() => refuses(port), { what: "refusal of new connections" });
  await answered();
  await (await holding.hold(client, 1)).answered();
  assert.equal((await staying.call({ args: ["x"] })).value, "v1:x");
  await stage.counts("goes", { requests: 6, responses: 6, error_replies: 0 });
  for (const each of [client, staying]) each.close();
});

test("a drain is announced: lanes are opened for a while, then no more, and it ends", async () => {
  const { config, ports } = await printed([{ name: "drains", subsets: { v1: holding.port } }]);
  filtersOf(config)[1]!.typed_config.drain_timeout = "2s";
  const envoy = await Envoy.start(config, { args: ["--drain-strategy", "immediate"] });
  open.push(envoy);
  const client = await DubboClient.connect(ports[0]!);
  const { answered } = await holding.hold(client, 5);
  await envoy.admin("/drain_listeners?graceful&skip_exit", "POST");
  // The lane that tells of the drain: its own call is answered, and the client has time to leave.
  assert.equal((await client.call({ method: "tells", args: ["x"] })).value, "v1:x");
  const goodbyes = () => client.unsolicited.filter(({ bytes }) => bytes.equals(readonlyEvent()));
  assert.equal(goodbyes().length, 1, "the client is told in Dubbo's own words");
  for (let i = 0; i < 50; i++) {
    assert.equal((await client.call({ method: `early${i}`, args: ["x"] })).value, "v1:x");
  }
  const late = await until(async () => {
    const reply = await client.call({ method: `late${client.received}` });
    return reply.status === STATUS.OK ? null : reply;
  });
  assert.match(late.error ?? "", /draining/);
  assert.equal((await client.call({ method: "tells", args: ["y"] })).value, "v1:y", "an old lane");
  assert.equal(client.closed, false, "calls are in flight");
  await answered();
  await until(() => client.closed, { what: "end of the drained connection" });
  assert.equal(client.error, undefined);
  assert.equal(goodbyes().length, 1, "it is told once");
  await envoy.until(async () => {
    const { goodbyes, ...stats } = await argotStats(envoy, "drains");
    const isClosed = stats["connections_closed.drained"] === 1 && stats.connections_active === 0;
    return isClosed && goodbyes === 1;
  });
});

test("connections without calls in flight are closed soon after a drain begins", async () => {
  const { config, ports } = await printed([{ name: "idle", subsets: { v1: holding.port } }]);
  const envoy = await Envoy.start(config, { args: ["--drain-strategy", "immediate"] });
  open.push(envoy);
  const clients = await Promise.all(
    Array.from({ length: 20 }, () => DubboClient.connect(ports[0]!)),
  );
  const call = (client: DubboClient, i: number, method: string) =>
    client.call({ method, args: [`${i}`] });
  await Promise.all(clients.map((client, i) => call(client, i, "before")));
  await envoy.admin("/drain_listeners?graceful&skip_exit", "POST");
  const replies = await Promise.all(clients.map((client, i) => call(client, i, "during")));
  assert.deepEqual(
    replies.map(({ value }) => value),
    clients.map((_, i) => `v1:${i}`),
  );
  await until(() => clients.every(({ closed }) => closed), { what: "end of the connections" });
});
