/** Tally, a protocol that nothing was built for: twenty lines of YAML teach it to a real Envoy. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { packageRoot } from "../../scripts/cli/paths.js";
import { frame, TallyClient, tallyServer, Type } from "../support/tally.js";
import { payload } from "./support/pieces.js";
import { Stage, type Setup } from "./support/stage.js";

const description = join(packageRoot, "protocols/tally.yaml");
/** Tally's own word for what is refused or has no route. */
const REFUSED = 4;

let servers: Awaited<ReturnType<typeof tallyServer>>[] = [];
let stage: Stage;

before(async () => {
  servers = await Promise.all(["v1", "v2"].map((name) => tallyServer(name)));
  const common = {
    protocol: description as `/${string}`,
    routeOn: ["method"],
    subsets: { v1: servers[0]!.port, v2: servers[1]!.port },
  } satisfies Omit<Setup, "name">;
  const routes = [
    { match: [{ key: "method", prefix: "price" }], to: [{ subset: "v2" }] },
    { match: [{ key: "method", exact: "stock" }], to: [{ subset: "v1" }] },
  ];
  const wipe = { match: [{ key: "method", exact: "wipe" }], refuse: { message: "not for you" } };
  stage = await Stage.start([
    { name: "lanes", ...common, routes: [wipe, ...routes] },
    { name: "connection", mode: "connection", ...common, routes },
    { name: "bad", ...common },
  ]);
});

after(async () => {
  await stage?.stop();
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
});

test("the description has at most twenty lines", () => {
  const lines = readFileSync(description, "utf8").trimEnd().split("\n");
  assert.ok(lines.length <= 20, `${lines.length} lines`);
});

test("every call of eight clients goes by its own method, 50 in flight each", async () => {
  const clients = await Promise.all(
    Array.from({ length: 8 }, () => TallyClient.connect(stage.port("lanes"))),
  );
  const calls = clients.flatMap((client, index) =>
    Array.from({ length: 50 }, async (_, i) => {
      const [method, tag] = i % 2 === 0 ? (["price", "v2"] as const) : (["stock", "v1"] as const);
      const text = payload(100 * index + i);
      const reply = await client.send(Type.request, method, text);
      assert.deepEqual(reply, [Type.response, 0, `${tag} got ${method}${text}`]);
    }),
  );
  await Promise.all(calls);
  await stage.counts("lanes", { requests: 400, responses: 400, error_replies: 0 });
  for (const client of clients) client.close();
});

test("what is refused or has no route is answered with a status and the reason", async () => {
  const client = await TallyClient.connect(stage.port("lanes"));
  const [refused, unknown, fine] = await Promise.all([
    client.send(Type.request, "wipe", "all"),
    client.send(Type.request, "unknown"),
    client.send(Type.request, "price", "x"),
  ]);
  assert.deepEqual(refused, [Type.response, REFUSED, "not for you"]);
  assert.deepEqual(unknown.slice(0, 2), [Type.response, REFUSED]);
  assert.notEqual(unknown[2], "");
  assert.deepEqual(fine, [Type.response, 0, "v2 got pricex"]);
  client.close();
});

test("a ping is answered by the filter, without any server", async () => {
  const client = await TallyClient.connect(stage.port("lanes"));
  assert.deepEqual(await client.send(Type.ping, ""), [Type.pong, 0, ""]);
  await stage.counts("lanes", { heartbeats: 1 });
  client.close();
});

test("what is no Tally closes its connection", async () => {
  const socket = connect(stage.port("bad"), "127.0.0.1");
  socket.on("error", () => socket.destroy());
  const closed = once(socket, "close");
  socket.write(frame(9, 0, 5, ""));
  socket.resume();
  await closed;
  await stage.counts("bad", { "connections_closed.malformed": 1 });
});

test("mode connection: the first method decides for all of a connection", async () => {
  for (const [method, tag] of [
    ["price", "v2"],
    ["stock", "v1"],
  ] as const) {
    const client = await TallyClient.connect(stage.port("connection"));
    for (const next of [method, "other"]) {
      assert.deepEqual(await client.send(Type.request, next, "x"), [1, 0, `${tag} got ${next}x`]);
    }
    client.close();
  }
});
