/** bRPC, whose calls and streams share a connection: user fields, streams and bRPC's own errors. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import {
  BrpcClient,
  type BrpcFrame,
  brpcWire,
  BrpcServer,
  errorOf,
  methodOf,
  request,
  response,
  STREAM_FRAME,
  streamFrame,
  userFieldsOf,
} from "../support/brpc.js";
import type { Answer } from "../support/wire.js";
import { until } from "../support/wait.js";
import { Gate } from "./support/gate.js";
import { payload } from "./support/pieces.js";
import { tidyUp } from "./support/tidy.js";
import { Stage, type Setup } from "./support/stage.js";

const { CLOSE, DATA, RST } = STREAM_FRAME;
const ENOSERVICE = 1001;
const EREQUEST = 1003;
const EREJECT = 1018;

const gate = new Gate();
let servers: BrpcServer[] = [];
let client: BrpcClient;
let stage: Stage;

/** Echoes with its tag; it accepts streams of the method `open`, and calls all of them 0. */
function echo(tag: string): Answer<BrpcFrame> {
  let stream = 0n;
  return async (frame) => {
    const { isStream, meta, payload } = frame;
    if (!isStream) {
      await gate.pass();
      const text = Buffer.concat([Buffer.from(`${tag}:`), payload]);
      if (!meta.has(8)) return response(meta.number(4)!, text);
      stream = meta.message(8).number(1)!;
      const accepts = methodOf(frame) !== "closed";
      const answer = response(meta.number(4)!, text, accepts ? 0n : undefined);
      return streamFrame(stream, accepts ? 0n : -1n, DATA, answer);
    }
    const type = Number(meta.number(3));
    if (type === CLOSE) return streamFrame(stream, 0n, CLOSE);
    const text = Buffer.concat([Buffer.from(`${tag}:`), payload]);
    return type === DATA ? streamFrame(stream, 0n, DATA, text) : undefined;
  };
}

before(async () => {
  servers = await Promise.all(["v1", "v2"].map((tag) => BrpcServer.start(echo(tag))));
  for (const server of servers) server.keep = true;
  const common = {
    protocol: "brpc",
    routeOn: ["service", "method", "attachment.user"],
    subsets: { v1: servers[0]!.port, v2: servers[1]!.port },
    routes: [
      {
        match: [{ key: "method", exact: "no" }],
        refuse: { status: 403, message: "not this one" },
      },
      { match: [{ key: "attachment.user", exact: "alice" }], to: [{ subset: "v2" }] },
      { match: [{ key: "method", regex: "(get|open|closed)" }], to: [{ subset: "v1" }] },
    ],
  } satisfies Omit<Setup, "name">;
  const attachments = { set: { zone: "z1" }, remove: ["secret"] };
  stage = await Stage.start([
    ...["calls", "same", "errors", "streams", "ends"].map((name) => ({ name, ...common })),
    { name: "changes", ...common, attachments },
  ]);
});

tidyUp(() => ({ client, stage, servers, gate }));

test("50 calls in flight go by their user fields, and answers find their requests", async () => {
  client = await BrpcClient.connect(stage.port("calls"));
  gate.width = 50;
  const calls = Array.from({ length: 50 }, async (_, i) => {
    const userFields: Record<string, string> = i % 2 ? { user: "alice" } : { other: "ü" };
    const answer = await client.call({ payload: payload(i), userFields });
    assert.equal(answer.payload.toString(), `${i % 2 ? "v2" : "v1"}:${payload(i)}`);
  });
  await Promise.all(calls);
  await stage.counts("calls", { requests: 50, responses: 50, lanes_opened: 2, error_replies: 0 });
});

test("requests and answers arrive byte for byte", async () => {
  client = await BrpcClient.connect(stage.port("same"));
  const sent = Array.from({ length: 20 }, (_, i) =>
    request({ id: BigInt(i) << 50n, payload: payload(i), userFields: { n: `${i}` } }),
  );
  const answers = await Promise.all(sent.map((bytes) => client.request(bytes)));
  const seen = servers[0]!.frames.map(({ bytes }) => bytes);
  assert.deepEqual(Buffer.concat(seen), Buffer.concat(sent));
  answers.forEach(({ bytes }, i) => {
    const expected = response(BigInt(i) << 50n, `v1:${payload(i)}`);
    assert.ok(bytes.equals(expected), `answer ${i}`);
  });
});

test("what is refused or has no route gets bRPC's own errors", async () => {
  client = await BrpcClient.connect(stage.port("errors"));
  const [refused, unrouted, fine] = await Promise.all([
    client.call({ method: "no" }),
    client.call({ method: "unknown" }),
    client.call({ payload: "x" }),
  ]);
  assert.deepEqual(errorOf(refused), { code: EREJECT, text: "not this one" });
  assert.equal(errorOf(unrouted).code, ENOSERVICE);
  assert.equal(fine.payload.toString(), "v1:x");
});

test("user fields are set and removed on their way", async () => {
  client = await BrpcClient.connect(stage.port("changes"));
  const userFields = { secret: "s", zone: "old", user: "alice" };
  const answer = await client.call({ payload: "x", userFields });
  assert.equal(answer.payload.toString(), "v2:x");
  const [seen] = servers[1]!.frames;
  assert.deepEqual(userFieldsOf(seen!), { user: "alice", zone: "z1" });
});

/** The frames of streams that the client has got so far, as text: type, stream, payload. */
function got(): string[] {
  return client.unsolicited.map(({ meta, payload, ...frame }) => {
    const isAnswer = payload.toString("latin1", 0, 4) === "PRPC";
    const text = isAnswer
      ? `answer ${brpcWire.parse(payload).payload.toString()}`
      : payload.toString();
    return `${frame.isStream && meta.number(3)} ${meta.number(1)} ${text}`;
  });
}

test("each stream keeps to the server that accepted it, by the client's name for it", async () => {
  client = await BrpcClient.connect(stage.port("streams"));
  const ids = [7n, 1n << 33n];
  client.send(request({ id: 1n, method: "open", stream: ids[0]!, payload: "a" }));
  await until(() => got().length === 1);
  const alice = { userFields: { user: "alice" } };
  client.send(request({ id: 2n, method: "open", stream: ids[1]!, payload: "b", ...alice }));
  await until(() => got().length === 2);
  for (const text of ["1", "2"]) {
    for (const id of ids) client.send(streamFrame(0n, id, DATA, text));
  }
  await until(() => got().length === 6);
  for (const id of ids) client.send(streamFrame(0n, id, CLOSE));
  await until(() => got().length === 8);
  ids.forEach((id, i) => {
    const tag = `v${i + 1}`;
    const expected = [
      `${DATA} ${id} answer ${tag}:${"ab"[i]}`,
      ...["1", "2"].map((text) => `${DATA} ${id} ${tag}:${text}`),
      `${CLOSE} ${id} `,
    ];
    assert.deepEqual(
      got().filter((line) => line.includes(` ${id} `)),
      expected,
    );
  });
  // Both sides have said CLOSE: the client's RST, which names no stream of its own, and what comes
  // later on the stream go nowhere.
  client.send(streamFrame(0n, undefined, RST));
  client.send(streamFrame(0n, ids[0], DATA, "late"));
  await client.call({ payload: "x" });
  await stage.counts("streams", { streams: 2, requests: 3, responses: 3, frames_dropped: 2 });
});

test("a stream that is not accepted, broken off or left by its server is over", async () => {
  client = await BrpcClient.connect(stage.port("ends"));
  client.send(request({ id: 1n, method: "closed", stream: 0n }));
  await until(() => got().length === 1);
  client.send(streamFrame(0n, 0n, DATA, "to nobody"));
  await stage.counts("ends", { frames_dropped: 1 });
  const several = await client.call({ method: "open", stream: 0n, moreStreams: [1n, 2n] });
  assert.equal(errorOf(several).code, EREQUEST);

  client.send(request({ id: 3n, method: "open", stream: 0n }));
  await until(() => got().length === 2);
  servers[0]!.disconnect();
  await until(() => got().length === 3);
  assert.equal(got()[2], `${RST} 0 `);
});
