/** Mode lanes: what is said besides calls: oneways, heartbeats, a server's goodbye, its end. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import {
  DubboClient,
  FLAG,
  heartbeat,
  isEvent,
  isRequest,
  readCall,
  readonlyEvent,
  STATUS,
} from "../support/dubbo.js";
import { until } from "../support/wait.js";
import { HoldingServer } from "./support/holding.js";
import { Stage } from "./support/stage.js";

const NAMES = ["oneway", "client-beat", "server-beat", "goodbye", "end", "reset"];

let holding: HoldingServer;
let client: DubboClient;
let stage: Stage;

before(async () => {
  holding = await HoldingServer.start("v1");
  holding.server.keep = true;
  const subsets = { v1: holding.port };
  stage = await Stage.start(NAMES.map((name) => ({ name, subsets })));
});

beforeEach(() => {
  holding.server.frames.length = 0;
});

afterEach(() => {
  holding.release();
  client?.close();
});

after(async () => {
  await stage?.stop();
  await holding.close();
});

test("oneway calls arrive and are answered by nobody", async () => {
  client = await DubboClient.connect(stage.port("oneway"));
  for (let i = 0; i < 100; i++) client.notify({ method: "tell", args: [`${i}`] });
  assert.equal((await client.call({ method: "tell", args: ["last"] })).value, "v1:last");
  const told = holding.server.frames.map((frame) => readCall(frame));
  assert.deepEqual(
    told.map(({ args, oneway }) => `${String(args[0])} ${oneway}`),
    [...Array.from({ length: 100 }, (_, i) => `${i} true`), "last false"],
  );
  assert.deepEqual(client.unsolicited, []);
  await stage.counts("oneway", { oneways: 100, requests: 1, responses: 1, lanes_opened: 1 });
});

test("a client's heartbeat is answered by the filter, without any server", async () => {
  client = await DubboClient.connect(stage.port("client-beat"));
  const answer = await client.heartbeat();
  assert.equal(answer.flags & (FLAG.EVENT | FLAG.REQUEST), FLAG.EVENT);
  assert.equal(answer.status, STATUS.OK);
  assert.equal(answer.body.toString(), "N", "null in hessian2");
  const { answered } = await holding.hold(client, 1);
  await client.heartbeat(); // overtakes the call
  await answered();
  assert.equal(holding.server.heartbeats, 0);
  await stage.counts("client-beat", { heartbeats: 2, requests: 1, responses: 1 });
});

test("a server's heartbeat is answered by the filter, and the client hears nothing", async () => {
  client = await DubboClient.connect(stage.port("server-beat"));
  const { answered } = await holding.hold(client, 1);
  for (const id of [7n, 8n, 1n << 63n]) holding.holder!.write(heartbeat(id));
  const answers = () =>
    holding.server.frames.filter((frame) => isEvent(frame) && !isRequest(frame));
  await until(() => answers().length === 3, { what: "three answers to the server's heartbeats" });
  assert.deepEqual(
    answers().map(({ id, status, body }) => [id, status, body.toString()]),
    [7n, 8n, 1n << 63n].map((id) => [id, STATUS.OK, "N"]),
  );
  await answered();
  assert.deepEqual(client.unsolicited, []);
  await stage.counts("server-beat", { upstream_heartbeats: 3, responses: 1, lanes_failed: 0 });
});

test("a server's READONLY retires its lane: what is in flight is answered, what follows goes to another", async () => {
  client = await DubboClient.connect(stage.port("goodbye"));
  const { answered } = await holding.hold(client, 5);
  const retired = holding.holder!;
  retired.write(readonlyEvent());
  await stage.counts("goodbye", { upstream_goodbyes: 1 });
  const { accepted } = holding.server;
  const next = await holding.hold(client, 1);
  assert.equal(holding.server.accepted, accepted + 1, "the next call comes over a new connection");
  assert.notEqual(holding.holder, retired);
  await answered();
  await next.answered();
  await until(() => !holding.server.peers.has(retired), {
    what: "end of the retired lane's connection",
  });
  assert.deepEqual(client.unsolicited, [], "the goodbye is not the client's business");
  await stage.counts("goodbye", { lanes_opened: 2, lanes_active: 1, error_replies: 0 });
});

for (const [name, cut] of [
  ["end", "ends its connection"],
  ["reset", "resets its connection"],
] as const) {
  test(`a server ${cut} with calls in flight: those get errors, no others`, async () => {
    client = await DubboClient.connect(stage.port(name));
    const { calls } = await holding.hold(client, 4);
    const other = client.call({ method: "other", args: ["fine"] });
    assert.equal((await other).value, "v1:fine");
    if (name === "end") holding.holder!.end();
    else holding.holder!.resetAndDestroy();
    for (const call of calls) {
      const { status, error = "" } = await call;
      assert.equal(status, STATUS.SERVER_ERROR, error);
      assert.match(error, /argot: |upstream/);
    }
    assert.equal((await client.call({ method: "other", args: ["lives"] })).value, "v1:lives");
    await (await holding.hold(client, 1)).answered();
    assert.equal(client.closed, false);
    assert.deepEqual(client.unsolicited, []);
    await stage.counts(name, { requests: 7, responses: 3, error_replies: 4, lanes_failed: 1 });
  });
}
