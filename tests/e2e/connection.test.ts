/** Mode connection: the first request of a connection decides where all of it goes. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DubboClient, DubboServer, request, STATUS, type Call } from "../support/dubbo.js";
import { until } from "../support/wait.js";
import { Bystander } from "./support/bystander.js";
import { byBytes, payload } from "./support/pieces.js";
import { Stage } from "./support/stage.js";

const to = (subset: string) => [{ subset }];
const routeOn = ["service", "method", "attachment.user", "attachment.canary"];

const servers: Record<string, DubboServer> = {};
let stage: Stage;

before(async () => {
  for (const tag of ["v1", "v2", "v3"]) servers[tag] = await DubboServer.start({ tag });
  const subsets = Object.fromEntries(Object.entries(servers).map(([tag, { port }]) => [tag, port]));
  const weighted = [{ to: [{ subset: "v1", weight: 3 }, { subset: "v2" }] }];
  stage = await Stage.start([
    {
      ...{ name: "rules", mode: "connection", routeOn, subsets },
      routes: [
        { name: "exact", match: [{ key: "attachment.user", exact: "alice" }], to: to("v2") },
        { name: "prefix", match: [{ key: "method", prefix: "admin" }], to: to("v3") },
        { name: "regex", match: [{ key: "attachment.user", regex: "t[0-9]{1,3}" }], to: to("v3") },
        { name: "present", match: [{ key: "attachment.canary", present: true }], to: to("v2") },
        {
          name: "both",
          match: [
            { key: "service", prefix: "demo." },
            { key: "method", exact: "hello" },
          ],
          to: to("v1"),
        },
        {
          name: "no-user",
          match: [
            { key: "service", exact: "demo.Greeter" },
            { key: "attachment.user", present: false },
          ],
          to: to("v3"),
        },
      ],
    },
    { name: "split", mode: "connection", subsets, routes: weighted },
    { name: "live", mode: "connection", subsets, routes: [{ name: "all", to: to("v1") }] },
    { name: "big", mode: "connection", subsets, routes: [{ name: "all", to: to("v1") }] },
  ]);
});

after(async () => {
  await stage?.stop();
  await Promise.all(Object.values(servers).map((server) => server.close()));
});

/** The first call of a connection, who answers, and by which rule. */
const KINDS: { call: Call; tag: string; rule: string }[] = [
  { call: { attachments: { user: "alice" } }, tag: "v2", rule: "exact" },
  { call: { attachments: { user: "alice " } }, tag: "v1", rule: "both" },
  { call: { method: "adminRead" }, tag: "v3", rule: "prefix" },
  { call: { attachments: { user: "t77" } }, tag: "v3", rule: "regex" },
  { call: { attachments: { user: "t7777" } }, tag: "v1", rule: "both" },
  { call: { attachments: { canary: "" } }, tag: "v2", rule: "present" },
  { call: {}, tag: "v1", rule: "both" },
  { call: { method: "bye" }, tag: "v3", rule: "no-user" },
];

test("rules pick the server, and the access log shows the metadata and the rule", async () => {
  for (const { call, tag, rule } of KINDS) {
    const client = await DubboClient.connect(stage.port("rules"));
    assert.equal((await client.call({ ...call, args: ["1"] })).value, `${tag}:1`, rule);
    // What other calls of the connection say makes no difference.
    const other = { service: "other.X", attachments: { user: "alice" }, args: ["2"] };
    assert.equal((await client.call(other)).value, `${tag}:2`);
    const seen = stage.log.length;
    client.close();
    const entry = await until(() => stage.log[seen], { what: "a line of the access log" });
    const { service = "demo.Greeter", method = "hello", attachments = {} } = call;
    assert.equal(entry.rule, rule);
    assert.equal(entry.service, service);
    assert.equal(entry.method, method);
    assert.equal(entry["attachment.user"], attachments.user ?? "-");
    assert.ok(entry.cluster?.endsWith(`|${tag}`), entry.cluster);
    assert.equal(entry.upstream, `127.0.0.1:${servers[tag]!.port}`);
  }
});

test("a connection that no rule takes is closed, and counted", async () => {
  const bystander = await Bystander.start(stage.port("rules"), "v1");
  const calls = Object.values(servers).reduce((sum, server) => sum + server.accepted, 0);
  const client = await DubboClient.connect(stage.port("rules"));
  await assert.rejects(client.call({ service: "other.X" }), /closed before the reply/);
  assert.equal(client.received, 0);
  const callsNow = Object.values(servers).reduce((sum, server) => sum + server.accepted, 0);
  assert.equal(callsNow, calls, "no server was bothered");
  await stage.counts("rules", { "connections_closed.unrouted": 1 });
  await bystander.finish();
});

test("400 connections are split by their weights, each with answers of its own", async () => {
  const seen: Record<string, number> = { v1: 0, v2: 0 };
  const one = async (number: number) => {
    const client = await DubboClient.connect(stage.port("split"));
    const calls = Array.from({ length: 8 }, async (_, i) => {
      const text = payload(8 * number + i + 1);
      const { value } = await client.call({ args: [text] });
      const tag = String(value).slice(0, 2);
      assert.ok(value === `${tag}:${text}`, `call ${i} of ${number} got another's answer`);
      return tag;
    });
    const tags = new Set(await Promise.all(calls));
    assert.equal(tags.size, 1, "all calls of a connection go to one server");
    for (const tag of tags) seen[tag]!++;
    client.close();
  };
  for (let i = 0; i < 400; i += 40) {
    await Promise.all(Array.from({ length: 40 }, (_, j) => one(i + j)));
  }
  assert.ok(Math.abs(seen.v2! - 100) <= 6, `v2 got ${seen.v2} of 400 connections, not 100`);
  await stage.counts("split", { connections: 400, requests: 400, connections_active: 0 });
});

test("a first request that comes a byte at a time is read as well", async () => {
  const client = await DubboClient.connect(stage.port("rules"));
  const call = { method: "slowly", attachments: { canary: "1" }, args: ["in pieces"] };
  assert.equal((await byBytes(client, call)).value, "v2:in pieces");
  client.close();
});

test("a first request whose metadata lie in its first 64 KiB may be of any length", async () => {
  const client = await DubboClient.connect(stage.port("big"));
  const text = "x".repeat(1 << 20);
  const { value } = await client.call({ args: [text] });
  assert.ok(value === `v1:${text}`);
  client.close();
});

test("requests sent before the server is reached all arrive", async () => {
  const client = await DubboClient.connect(stage.port("big"));
  const ids = Array.from({ length: 50 }, (_, i) => BigInt(i + 1));
  const frames = ids.map((id) => request({ id, args: [`early ${id}`] }));
  const replies = frames.map((bytes) => client.expect(bytes));
  client.send(Buffer.concat(frames));
  for (const [i, reply] of replies.entries()) {
    const { id, status } = await reply;
    assert.deepEqual([id, status], [ids[i], STATUS.OK]);
  }
  client.close();
});

test("changed rules decide for new connections; old ones stay where they are", async () => {
  const old = await DubboClient.connect(stage.port("live"));
  assert.equal((await old.call({ args: ["1"] })).value, "v1:1");
  const { services } = stage.model.find(({ name }) => name === "live")!;
  services[0]!.routes[0]!.to = [{ subset: "v2", weight: 1 }];
  await stage.envoy.update(stage.model);
  await until(async () => {
    const client = await DubboClient.connect(stage.port("live"));
    const { value } = await client.call({ args: ["2"] });
    client.close();
    return value === "v2:2";
  });
  assert.equal((await old.call({ args: ["3"] })).value, "v1:3");
  old.close();
});

test("a client that says it is done still gets the answers", async () => {
  const client = await DubboClient.connect(stage.port("rules"));
  const calls = ["1", "2", "3"].map((text) => client.call({ args: [text] }));
  client.end();
  for (const [i, call] of calls.entries()) assert.equal((await call).value, `v1:${i + 1}`);
});
