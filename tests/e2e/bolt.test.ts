/** Bolt of both versions on one port, and SOFARPC on it. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import {
  BoltClient,
  BoltServer,
  frame,
  heartbeat,
  response,
  sofaRequest,
  TYPE,
  type Options,
} from "../support/bolt.js";
import { until } from "../support/wait.js";
import { Gate } from "./support/gate.js";
import { payload } from "./support/pieces.js";
import { tidyUp } from "./support/tidy.js";
import { Stage, type Setup } from "./support/stage.js";

const SERVER_EXCEPTION = 2;
const BUSY = 4;
const EXCEPTION = "com.alipay.remoting.rpc.exception.RpcServerException";
const V1: Options = {};
const V2: Options = { code: 2, crc: true };

const gate = new Gate();
let servers: BoltServer[] = [];
let client: BoltClient;
let stage: Stage;

before(async () => {
  servers = await Promise.all(
    ["v1", "v2"].map((tag) =>
      BoltServer.start(tag, async (asked) => {
        if (asked.type === TYPE.ONEWAY) return undefined;
        await gate.pass();
        return response(asked, Buffer.concat([Buffer.from(`${tag}:`), asked.content]));
      }),
    ),
  );
  for (const server of servers) server.keep = true;
  const common = {
    protocol: "bolt",
    routeOn: ["service", "method", "parameterTypes", "attachment.user"],
    subsets: { v1: servers[0]!.port, v2: servers[1]!.port },
    routes: [
      {
        match: [{ key: "parameterTypes", exact: "demo.Refused" }],
        refuse: { status: 429, message: "too many" },
      },
      { match: [{ key: "method", exact: "drop" }], refuse: { status: 403, message: "not this" } },
      { match: [{ key: "attachment.user", exact: "alice" }], to: [{ subset: "v2" }] },
      { match: [{ key: "service", exact: "demo.Blue:1.0" }], to: [{ subset: "v2" }] },
      { match: [{ key: "parameterTypes", regex: "demo.Request|com.*" }], to: [{ subset: "v1" }] },
    ],
  } satisfies Omit<Setup, "name">;
  const attachments = { set: { zone: "z1" }, remove: ["secret", "rpc_req_baggage.user"] };
  stage = await Stage.start([
    ...["calls", "same", "errors", "sofa", "quiet"].map((name) => ({ name, ...common })),
    { name: "changes", ...common, attachments },
  ]);
});

tidyUp(() => ({ client, stage, servers, gate }));

test("50 calls of both versions in flight go by their attachments", async () => {
  client = await BoltClient.connect(stage.port("calls"));
  gate.width = 50;
  const calls = Array.from({ length: 50 }, async (_, i) => {
    const pairs = i % 2 ? ([["user", "alice"]] as const) : [];
    const answer = await client.call({ ...(i % 3 ? V1 : V2), pairs, content: payload(i) });
    assert.equal(answer.content.toString(), `${i % 2 ? "v2" : "v1"}:${payload(i)}`);
  });
  await Promise.all(calls);
  await stage.counts("calls", { requests: 50, responses: 50, lanes_opened: 2, error_replies: 0 });
});

test("requests and answers arrive byte for byte", async () => {
  client = await BoltClient.connect(stage.port("same"));
  const sent = Array.from({ length: 20 }, (_, i) =>
    frame({ ...(i % 2 ? V1 : V2), id: BigInt(i) << 26n, content: payload(i) }),
  );
  const answers = await Promise.all(sent.map((bytes) => client.request(bytes)));
  const { frames } = servers[0]!;
  assert.deepEqual(Buffer.concat(frames.map(({ bytes }) => bytes)), Buffer.concat(sent));
  answers.forEach(({ bytes }, i) => {
    assert.ok(bytes.equals(response(frames[i]!, `v1:${payload(i)}`)), `answer ${i}`);
  });
});

test("what is refused or has no route gets Bolt's own exceptions, in its version", async () => {
  client = await BoltClient.connect(stage.port("errors"));
  for (const options of [V1, V2]) {
    const [refused, unrouted, fine] = await Promise.all([
      client.call({ ...options, className: "demo.Refused" }),
      client.call({ ...options, className: "unknown" }),
      client.call({ ...options, content: "x" }),
    ]);
    const { code, version } = fine;
    assert.deepEqual([refused.code, refused.version, refused.field], [code, version, BUSY]);
    assert.equal(refused.className, EXCEPTION);
    assert.match(refused.content.toString(), /detailMessage.*too many$/s);
    assert.deepEqual([unrouted.field, unrouted.className], [SERVER_EXCEPTION, EXCEPTION]);
    assert.equal(fine.content.toString(), "v1:x");
  }
});

test("heartbeats are answered, in their version, and oneway calls arrive", async () => {
  client = await BoltClient.connect(stage.port("quiet"));
  for (const options of [V1, V2]) {
    const answer = await client.request(heartbeat(7n, options));
    assert.deepEqual([answer.command, answer.field, answer.content.length], [0, 0, 0]);
    assert.equal(answer.code, options.code ?? 1);
    client.send(frame({ ...options, type: TYPE.ONEWAY, content: "oneway" }));
  }
  await until(() => servers[0]!.frames.length === 2);
  assert.equal(client.unsolicited.length, 0);
  await stage.counts("quiet", { requests: 0, oneways: 2, heartbeats: 2 });
});

test("SOFARPC goes by service and method, and can't name another method than it calls", async () => {
  client = await BoltClient.connect(stage.port("sofa"));
  const call = (service: string, method: string, options: Options = {}) =>
    client.request(sofaRequest(service, method, [], { ...options, id: client.newId() }));
  const [green, blue, refused] = await Promise.all([
    call("demo.Green:1.0", "get"),
    call("demo.Blue:1.0", "get"),
    call("demo.Blue:1.0", "drop"),
  ]);
  assert.match(green.content.toString(), /^v1:/);
  assert.match(blue.content.toString(), /^v2:/);
  assert.match(refused.content.toString(), /not this$/);
  const { content } = servers[0]!.frames[0]!;
  const hidden = Buffer.from(content.toString("latin1").replace("\x03get", "\x03put"), "latin1");
  const answer = await call("demo.Green:1.0", "get", { content: hidden });
  assert.match(answer.content.toString(), /name different methods$/);
  assert.equal(servers[0]!.frames.length, 1);
});

test("attachments are set and removed on their way, in the content of SOFARPC, too", async () => {
  client = await BoltClient.connect(stage.port("changes"));
  const pairs = [
    ["secret", "s"],
    ["user", "alice"],
    ["zone", "old"],
  ] as const;
  const answer = await client.call({ ...V2, pairs, content: "x" });
  assert.equal(answer.content.toString(), "v2:x");
  assert.deepEqual(servers[1]!.frames[0]!.attachments, { user: "alice", zone: "z1" });
  const props = { secret: "s", rpc_req_baggage: { user: "eve", tag: "gray" } };
  const baggage = [["rpc_req_baggage.user", "eve"]] as const;
  await client.request(
    sofaRequest("demo.Green:1.0", "get", baggage, { id: client.newId(), props }),
  );
  const seen = servers[0]!.frames[0]!;
  assert.ok(!seen.bytes.includes("eve") && !seen.bytes.includes("secret"));
  assert.ok(seen.content.includes("gray"));
  assert.equal(seen.attachments.zone, "z1");
});
