/** tRPC: unary calls and streams share a connection, and each finds its server. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import {
  attachmentsOf,
  close,
  data,
  init,
  request,
  response,
  STREAM,
  TrpcClient,
  TrpcServer,
  type TrpcFrame,
} from "../support/trpc.js";
import { until } from "../support/wait.js";
import { payload } from "./support/pieces.js";
import { tidyUp } from "./support/tidy.js";
import { Stage, type Setup } from "./support/stage.js";

const AUTH = 41n;
const NO_SERVICE = 11n;
const NETWORK = 201n;

let servers: TrpcServer[] = [];
let client: TrpcClient;
let stage: Stage;

before(async () => {
  servers = await Promise.all(["v1", "v2"].map((tag) => TrpcServer.start(tag)));
  for (const server of servers) server.keep = true;
  const common = {
    protocol: "trpc",
    routeOn: ["service", "method", "attachment.user"],
    subsets: { v1: servers[0]!.port, v2: servers[1]!.port },
    routes: [
      {
        match: [{ key: "method", exact: "/demo.Greeter/No" }],
        refuse: { status: 403, message: "not this one" },
      },
      { match: [{ key: "attachment.user", exact: "alice" }], to: [{ subset: "v2" }] },
      { match: [{ key: "method", exact: "/demo.Greeter/Hello" }], to: [{ subset: "v1" }] },
    ],
  } satisfies Omit<Setup, "name">;
  stage = await Stage.start([
    { name: "changes", ...common, attachments: { set: { zone: "z1" }, remove: ["secret"] } },
    ...["calls", "same", "errors", "streams", "ends"].map((name) => ({ name, ...common })),
  ]);
});

tidyUp(() => ({ client, stage, servers }));

const alice = [["user", "alice"]] as const;

test("50 calls in flight go by their trans_info, oneway calls have no answer", async () => {
  client = await TrpcClient.connect(stage.port("calls"));
  const calls = Array.from({ length: 50 }, async (_, i) => {
    const answer = await client.call({ attachments: i % 2 ? alice : [], body: payload(i) });
    assert.equal(answer.body.toString(), `${i % 2 ? "v2" : "v1"}:${payload(i)}`);
  });
  client.send(request({ id: 1n, oneway: true }));
  await Promise.all(calls);
  const counts = { requests: 50, responses: 50, oneways: 1, lanes_opened: 2, error_replies: 0 };
  await stage.counts("calls", counts);
  assert.equal(client.unsolicited.length, 0);
});

test("requests and answers arrive byte for byte", async () => {
  client = await TrpcClient.connect(stage.port("same"));
  const sent = Array.from({ length: 20 }, (_, i) =>
    request({ id: BigInt(i) << 26n, body: payload(i), attachments: [["n", `${i}`]] }),
  );
  const answers = await Promise.all(sent.map((bytes) => client.request(bytes)));
  const seen = servers[0]!.frames.map(({ bytes }) => bytes);
  assert.deepEqual(Buffer.concat(seen), Buffer.concat(sent));
  answers.forEach(({ bytes }, i) => {
    assert.ok(bytes.equals(response(BigInt(i) << 26n, `v1:${payload(i)}`)), `answer ${i}`);
  });
});

test("what is refused or has no route gets tRPC's own codes", async () => {
  client = await TrpcClient.connect(stage.port("errors"));
  const [refused, unrouted, fine] = await Promise.all([
    client.call({ method: "/demo.Greeter/No" }),
    client.call({ method: "/demo.Greeter/Unknown" }),
    client.call({ body: "x" }),
  ]);
  assert.deepEqual([refused.head.number(4), refused.head.text(6)], [AUTH, "not this one"]);
  assert.equal(unrouted.head.number(4), NO_SERVICE);
  assert.equal(fine.body.toString(), "v1:x");
  client.send(init({ id: 100n, method: "/demo.Greeter/No" }));
  await until(() => client.unsolicited.length === 1);
  assert.deepEqual(ended(client.unsolicited[0]!), [STREAM.CLOSE, 100n, AUTH, "not this one"]);
});

/** Type, stream, code and message of a stream's end. */
function ended({ streamType, id, head }: TrpcFrame): unknown[] {
  return [streamType, id, head.number(2), head.text(3)];
}

/** The frames of streams that the client has got so far. */
function got(): string[] {
  return client.unsolicited.map(
    ({ streamType, id, body }) =>
      `${id} ${streamType === STREAM.DATA ? body.toString() : streamType}`,
  );
}

test("each stream keeps to its server, among calls, until both sides have ended", async () => {
  client = await TrpcClient.connect(stage.port("streams"));
  client.send(init({ id: 100n }));
  client.send(init({ id: 101n, attachments: alice }));
  for (let i = 0; i < 3; i++) {
    client.send(Buffer.concat([data(100n, `a${i}`), data(101n, `b${i}`)]));
    assert.equal((await client.call({ body: "call" })).body.toString(), "v1:call");
  }
  client.send(Buffer.concat([close(100n), close(101n)]));
  await until(() => got().length === 10);
  const of = (id: string) => got().filter((line) => line.startsWith(id));
  assert.deepEqual(of("100"), ["100 1", "100 v1:a0", "100 v1:a1", "100 v1:a2", "100 4"]);
  assert.deepEqual(of("101"), ["101 1", "101 v2:b0", "101 v2:b1", "101 v2:b2", "101 4"]);
  // What comes for a stream that is over goes nowhere.
  client.send(data(100n, "late"));
  assert.equal((await client.call({ body: "x" })).body.toString(), "v1:x");
  await stage.counts("streams", { requests: 4, streams: 2, frames_dropped: 1 });
});

test("a stream whose server breaks off is reset, others go on", async () => {
  client = await TrpcClient.connect(stage.port("ends"));
  client.send(Buffer.concat([init({ id: 100n }), init({ id: 101n, attachments: alice })]));
  await until(() => got().length === 2);
  servers[1]!.disconnect();
  await until(() => client.unsolicited.length === 3);
  assert.deepEqual(ended(client.unsolicited[2]!).slice(0, 3), [STREAM.CLOSE, 101n, NETWORK]);
  client.send(data(100n, "on"));
  await until(() => got().at(-1) === "100 v1:on");
});

test("trans_info is set and removed on its way, of calls and of streams", async () => {
  client = await TrpcClient.connect(stage.port("changes"));
  const attachments = [["secret", "s"], ...alice, ["zone", "old"]] as const;
  assert.equal((await client.call({ attachments, body: "x" })).body.toString(), "v2:x");
  client.send(Buffer.concat([init({ id: 100n, attachments }), data(100n, "on")]));
  await until(() => got().at(-1) === "100 v2:on");
  const [call, begin] = servers[1]!.frames;
  for (const seen of [call!, begin!]) {
    assert.deepEqual(attachmentsOf(seen), { user: "alice", zone: "z1" });
  }
});
