/** AwesomeRPC, a protocol without heartbeats, oneway calls or a magic, in both modes. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AwesomeClient, AwesomeServer, frame } from "../support/awesome.js";
import { until } from "../support/wait.js";
import { payload } from "./support/pieces.js";
import { Stage, type Setup } from "./support/stage.js";

const NOT_FOUND = 404;
const FORBIDDEN = 403;

let servers: AwesomeServer[] = [];
let stage: Stage;

before(async () => {
  servers = await Promise.all(["v1", "v2"].map((tag) => AwesomeServer.start({ tag })));
  const common = {
    protocol: "awesomerpc",
    routeOn: ["method"],
    subsets: { v1: servers[0]!.port, v2: servers[1]!.port },
  } satisfies Omit<Setup, "name">;
  const to = (subset: string) => [{ subset }];
  const routes = [
    { name: "one", match: [{ key: "method", exact: "1" }], to: to("v2") },
    { name: "negative", match: [{ key: "method", regex: "-[0-9]+" }], to: to("v2") },
    { name: "tens", match: [{ key: "method", regex: "[0-9]{2}" }], to: to("v1") },
  ];
  const refusal = { status: FORBIDDEN, message: "not this one" };
  stage = await Stage.start([
    {
      ...{ name: "lanes", ...common },
      routes: [{ match: [{ key: "method", exact: "99" }], refuse: refusal }, ...routes],
    },
    { name: "connection", mode: "connection", ...common, routes },
    { name: "bad", ...common },
  ]);
});

after(async () => {
  await stage?.stop();
  await Promise.all(servers.map((server) => server.close()));
});

const KINDS = [
  { command: 1, tag: "v2" },
  { command: 10, tag: "v1" },
  { command: -7, tag: "v2" },
  { command: 55, tag: "v1" },
];

test("lanes: every call goes by its own command, answers are its own", async () => {
  const clients = await Promise.all(
    Array.from({ length: 8 }, () => AwesomeClient.connect(stage.port("lanes"))),
  );
  const calls = clients.flatMap((client, index) =>
    Array.from({ length: 100 }, async (_, i) => {
      const { command, tag } = KINDS[i % KINDS.length]!;
      const text = payload(100 * index + i);
      const reply = await client.call(command, text);
      assert.equal(reply.code, 0);
      assert.equal(reply.command, command);
      assert.ok(reply.payload.equals(Buffer.from(`${tag}:${text}`)));
    }),
  );
  await Promise.all(calls);
  await stage.counts("lanes", {
    ...{ requests: 800, responses: 800, lanes_opened: 8 * KINDS.length, error_replies: 0 },
  });
  for (const client of clients) client.close();
});

test("lanes: what is refused or has no route gets a response code and the reason", async () => {
  const client = await AwesomeClient.connect(stage.port("lanes"));
  const replies = await Promise.all([
    client.call(99, "refused"),
    client.call(5, "no route"),
    client.call(1, "fine"),
  ]);
  assert.deepEqual(
    replies.map(({ command, code }) => [command, code]),
    [
      [99, FORBIDDEN],
      [5, NOT_FOUND],
      [1, 0],
    ],
  );
  assert.equal(replies[0].payload.toString(), "not this one");
  assert.notEqual(replies[1].payload.toString(), "");
  assert.equal(replies[2].payload.toString(), "v2:fine");
  client.close();
});

test("lanes: a foreign version closes its connection, and nobody else's", async () => {
  const client = await AwesomeClient.connect(stage.port("bad"));
  const wrong = await AwesomeClient.connect(stage.port("bad"));
  const good = frame(1, 10, "good");
  const reply = wrong.expect(good);
  wrong.send(Buffer.concat([good, Buffer.from("GET / HTTP/1.1\r\n\r\n")]));
  assert.match((await reply).payload.toString(), /^v[12]:good$/);
  await until(() => wrong.closed, { what: "end of the connection" });
  assert.match((await client.call(1, "x")).payload.toString(), /^v[12]:x$/);
  await stage.counts("bad", { "connections_closed.malformed": 1, connections_active: 1 });
  client.close();
});

test("connection: the first command decides for all of a connection", async () => {
  for (const { command, tag } of KINDS) {
    const client = await AwesomeClient.connect(stage.port("connection"));
    for (const next of [command, 5, 1, 10]) {
      assert.equal((await client.call(next, "x")).payload.toString(), `${tag}:x`);
    }
    client.close();
    const entries = await stage.logged((entry) => entry.method === String(command));
    assert.ok(entries.some(({ cluster }) => cluster?.endsWith(`|${tag}`)));
  }
  const client = await AwesomeClient.connect(stage.port("connection"));
  await assert.rejects(client.call(5, "no rule"), /closed before the reply/);
  await stage.counts("connection", { requests: 4, "connections_closed.unrouted": 1 });
});
