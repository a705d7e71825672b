/** Motan2: heartbeats, oneway calls, attachments and exceptions that a Motan client understands. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import {
  frame,
  MotanClient,
  type MotanFrame,
  MotanServer,
  request,
  TYPE,
} from "../support/motan2.js";
import type { Answer } from "../support/wire.js";
import { Gate } from "./support/gate.js";
import { payload } from "./support/pieces.js";
import { tidyUp } from "./support/tidy.js";
import { Stage } from "./support/stage.js";

const SERVICE_REJECT = 10_002;
const SERVICE_UNFOUND = 10_101;

const gate = new Gate();
let servers: MotanServer[] = [];
let client: MotanClient;
let stage: Stage;

function echo(tag: string): Answer<MotanFrame> {
  return async ({ id, type, body }) => {
    if (type & TYPE.ONEWAY) return undefined;
    await gate.pass();
    return frame(TYPE.RESPONSE, id, { M_pt: "1" }, Buffer.concat([Buffer.from(`${tag}:`), body]));
  };
}

before(async () => {
  servers = await Promise.all(["v1", "v2"].map((tag) => MotanServer.start(echo(tag))));
  for (const server of servers) server.keep = true;
  const to = (subset: string) => [{ subset }];
  const setup = {
    protocol: "motan2" as const,
    routeOn: ["service", "group", "method", "attachment.user"],
    subsets: { v1: servers[0]!.port, v2: servers[1]!.port },
    routes: [
      { match: [{ key: "method", exact: "no" }], refuse: { message: 'not "this"\none' } },
      { match: [{ key: "attachment.user", exact: "ü" }], to: to("v2") },
      { match: [{ key: "group", exact: "blue" }], to: to("v2") },
      { match: [{ key: "method", exact: "get" }], to: to("v1") },
    ],
  };
  stage = await Stage.start([
    ...["calls", "same", "errors", "beats"].map((name) => ({ name, ...setup })),
    { name: "changes", ...setup, attachments: { set: { zone: "z1" }, remove: ["secret"] } },
  ]);
});

tidyUp(() => ({ client, stage, servers, gate }));

test("50 calls in flight go by their group and attachments, answers find their requests", async () => {
  client = await MotanClient.connect(stage.port("calls"));
  gate.width = 50;
  const kinds = [{ user: "ü" }, { user: "eve" }, { group: "blue" }, { group: "blue", M_g: "red" }];
  const calls = Array.from({ length: 50 }, async (_, i) => {
    const answer = await client.call({ attachments: kinds[i % 4]!, body: payload(i) });
    assert.equal(answer.body.toString(), `${i % 2 ? "v1" : "v2"}:${payload(i)}`);
  });
  await Promise.all(calls);
  await stage.counts("calls", { requests: 50, responses: 50, lanes_opened: 4, error_replies: 0 });
});

test("requests and answers arrive byte for byte", async () => {
  client = await MotanClient.connect(stage.port("same"));
  const sent = Array.from({ length: 20 }, (_, i) =>
    request({ id: (1n << 63n) + BigInt(i), body: payload(i), attachments: { n: `${i}` } }),
  );
  const answers = await Promise.all(sent.map((bytes) => client.request(bytes)));
  const seen = servers[0]!.frames.map(({ bytes }) => bytes);
  assert.deepEqual(Buffer.concat(seen), Buffer.concat(sent));
  answers.forEach(({ id, bytes }, i) => {
    const expected = frame(TYPE.RESPONSE, id, { M_pt: "1" }, `v1:${payload(i)}`);
    assert.ok(bytes.equals(expected), `answer ${i}`);
  });
});

test("what is refused or has no route gets an exception as Motan writes it", async () => {
  client = await MotanClient.connect(stage.port("errors"));
  const [refused, unrouted, fine] = await Promise.all([
    client.call({ method: "no" }),
    client.call({ method: "unknown" }),
    client.call({ body: "x" }),
  ]);
  const said = { errcode: SERVICE_REJECT, errtype: 1, errmsg: 'not "this" one' };
  assert.deepEqual([refused.status, JSON.parse(refused.meta.M_e!)], [1, said]);
  const unfound = JSON.parse(unrouted.meta.M_e!) as { errcode: number };
  assert.deepEqual([unrouted.status, unfound.errcode], [1, SERVICE_UNFOUND]);
  assert.equal(fine.body.toString(), "v1:x");
});

test("heartbeats are answered without a server, oneway calls by nobody", async () => {
  client = await MotanClient.connect(stage.port("beats"));
  const answer = await client.heartbeat();
  assert.deepEqual([answer.type, answer.status], [TYPE.RESPONSE | TYPE.HEARTBEAT, 0]);
  assert.equal(servers[0]!.frames.length + servers[1]!.frames.length, 0);
  for (let i = 0; i < 20; i++) client.send(request({ id: 5n, oneway: true, body: `${i}` }));
  assert.equal((await client.call({ body: "last" })).body.toString(), "v1:last");
  const told = servers[0]!.frames.map(({ body }) => body.toString());
  assert.deepEqual(told, [...Array.from({ length: 20 }, (_, i) => `${i}`), "last"]);
  assert.deepEqual(client.unsolicited, []);
  await stage.counts("beats", { oneways: 20, requests: 1, responses: 1, heartbeats: 1 });
});

test("attachments are set and removed on their way", async () => {
  client = await MotanClient.connect(stage.port("changes"));
  const attachments = { secret: "s", zone: "old", user: "ü" };
  assert.equal((await client.call({ attachments, body: "x" })).body.toString(), "v2:x");
  const [seen] = servers[1]!.frames;
  const { zone, user, secret, M_m } = seen!.meta;
  assert.deepEqual([zone, user, secret, M_m], ["z1", "ü", undefined, "get"]);
});
