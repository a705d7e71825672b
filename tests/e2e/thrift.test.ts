/** Thrift in mode lanes: every kind of its frames on one port, with and without sequence ids. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import {
  echo,
  frame,
  ThriftClient,
  ThriftServer,
  TYPE,
  type ThriftFrame,
  type Transport,
} from "../support/thrift.js";
import { until } from "../support/wait.js";
import { dribble, payload } from "./support/pieces.js";
import { Stage } from "./support/stage.js";

const TRANSPORTS: readonly Transport[] = ["unframed", "framed", "header"];
const UNKNOWN_METHOD = 1;
const INTERNAL_ERROR = 6;
const PROTOCOL_ERROR = 7;

let servers: ThriftServer[] = [];
let client: ThriftClient;
let stage: Stage;

before(async () => {
  servers = await Promise.all(["v1", "v2"].map((tag) => ThriftServer.start({ tag })));
  for (const server of servers) server.keep = true;
  const common = {
    protocol: "thrift" as const,
    routeOn: ["service", "method", "attachment.user"],
    subsets: { v1: servers[0]!.port, v2: servers[1]!.port },
  };
  const refuse = { status: 403, message: "not this one" };
  const routes = [
    { match: [{ key: "method", exact: "refused" }], refuse },
    { match: [{ key: "service", exact: "Calc" }], to: [{ subset: "v2" }] },
    { match: [{ key: "attachment.user", exact: "bob" }], to: [{ subset: "v2" }] },
    { match: [{ key: "method", regex: "get|tell" }], to: [{ subset: "v1" }] },
  ];
  const attachments = { set: { zone: "z1", user: "proxy" }, remove: ["secret"] };
  stage = await Stage.start([
    ...["lanes", "ordered", "oneway", "bad"].map((name) => ({ name, ...common, routes })),
    { name: "changed", ...common, attachments, routes },
  ]);
});

beforeEach(() => {
  for (const server of servers) server.frames.length = 0;
});

afterEach(() => client?.close());

after(async () => {
  await stage?.stop();
  await Promise.all(servers.map((server) => server.close()));
});

test("every call goes by its own name and attachments, in whichever transport it comes", async () => {
  client = await ThriftClient.connect(stage.port("lanes"));
  const kinds = [
    { name: "get", tag: "v1" },
    { name: "Calc:get", tag: "v2" },
    { name: "Other:get", tag: "v1" },
    { name: "get", tag: "v2", attachments: { user: "bob" } },
    { name: "get", tag: "v1", attachments: { user: "alice", trace: "ü" } },
  ];
  const calls = Array.from({ length: 300 }, async (_, i) => {
    const { name, tag, attachments } = kinds[i % kinds.length]!;
    const transport = attachments ? "header" : TRANSPORTS[i % TRANSPORTS.length]!;
    const reply = await client.call({
      transport,
      name,
      text: payload(i),
      ...(attachments && { attachments }),
    });
    assert.equal(reply.text, `${tag}:${payload(i)}`);
    assert.equal(reply.transport, transport);
  });
  await Promise.all(calls);
  await stage.counts("lanes", { requests: 300, responses: 300, error_replies: 0 });
});

test("what is refused or has no route gets a TApplicationException under its method's name", async () => {
  client = await ThriftClient.connect(stage.port("lanes"));
  for (const transport of TRANSPORTS) {
    const refused = await client.call({ transport, name: "Echo:refused" });
    assert.equal(refused.type, TYPE.EXCEPTION);
    const { name, text, failure } = refused;
    assert.deepEqual(
      { name, text, failure, transport: refused.transport },
      { name: "refused", text: "not this one", failure: INTERNAL_ERROR, transport },
    );
    const lost = await client.call({ transport, name: "lost" });
    assert.deepEqual(
      [lost.type, lost.name, lost.failure],
      [TYPE.EXCEPTION, "lost", UNKNOWN_METHOD],
    );
    assert.equal((await client.call({ transport, text: "fine" })).text, "v1:fine");
  }
});

test("without sequence ids answers come in the order of the calls, from both servers", async () => {
  client = await ThriftClient.connect(stage.port("ordered"));
  const late = servers[0]!;
  const { answer } = late;
  late.answer = async (message) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return echo("v1", message);
  };
  const names = Array.from({ length: 50 }, (_, i) =>
    i === 25 ? "refused" : i % 2 ? "Calc:get" : "get",
  );
  client.send(Buffer.concat(names.map((name, i) => frame({ name, text: `${i}` }))));
  await until(() => client.unsolicited.length === names.length, { what: "all answers" });
  late.answer = answer;
  assert.deepEqual(
    client.unsolicited.map(({ id, text }) => `${id} ${text}`),
    names.map((name, i) =>
      name === "refused" ? "0 not this one" : `0 ${name === "get" ? "v1" : "v2"}:${i}`,
    ),
  );
});

test("oneway calls arrive, also those that look like calls, and nothing waits for them", async () => {
  client = await ThriftClient.connect(stage.port("oneway"));
  const { answer } = servers[0]!;
  servers[0]!.answer = (message, peer) =>
    message.name === "tell" ? undefined : answer(message, peer);
  for (let id = 1; id <= 100; id++) {
    client.send(frame({ type: id % 2 ? TYPE.ONEWAY : TYPE.CALL, name: "tell", id, text: `${id}` }));
  }
  assert.equal((await client.call({ text: "last" })).text, "v1:last");
  await until(() => servers[0]!.frames.length === 101, { what: "all calls at the server" });
  const told = servers[0]!.frames.filter(({ name }) => name === "tell");
  assert.deepEqual(
    told.map(({ text }) => text),
    Array.from({ length: 100 }, (_, i) => `${i + 1}`),
  );
  servers[0]!.answer = answer;
  assert.deepEqual(client.unsolicited, []);
  await stage.counts("oneway", { oneways: 50, error_replies: 0 });
});

test("a long message without a frame is collected to its end, however it comes", async () => {
  client = await ThriftClient.connect(stage.port("lanes"));
  const text = "long".repeat(100_000);
  const reply = await client.call({ transport: "unframed", text });
  assert.equal(reply.text, `v1:${text}`);
  const bytes = frame({ transport: "unframed", id: 5, text: "by bytes" });
  const dribbled = client.expect(bytes);
  await dribble(client.socket, bytes);
  assert.equal((await dribbled).text, "v1:by bytes");
});

test("attachments change on their way; what has no room for them is refused", async () => {
  client = await ThriftClient.connect(stage.port("changed"));
  const attachments = { user: "bob", secret: "s", trace: "ü😀" };
  const reply = await client.call({ transport: "header", attachments, text: "x" });
  assert.equal(reply.text, "v2:x");
  const bare = await client.call({ transport: "header", text: "y" });
  assert.equal(bare.text, "v1:y");
  const seen = (server: ThriftServer): ThriftFrame["attachments"] => server.frames[0]!.attachments;
  assert.deepEqual(seen(servers[1]!), { zone: "z1", user: "proxy", trace: "ü😀" });
  assert.deepEqual(seen(servers[0]!), { zone: "z1", user: "proxy" });
  const framed = await client.call({ transport: "framed" });
  assert.deepEqual([framed.type, framed.failure], [TYPE.EXCEPTION, PROTOCOL_ERROR]);
});

test("what can't be read is refused with the reason; what is no Thrift closes its connection", async () => {
  client = await ThriftClient.connect(stage.port("bad"));
  const twice = await client.call({ name: "a:b:c" });
  assert.deepEqual([twice.type, twice.failure], [TYPE.EXCEPTION, PROTOCOL_ERROR]);
  assert.match(twice.text, /colon/);
  const zlib = frame({ transport: "header", id: 77, text: "x" });
  const compressed = Buffer.concat([zlib.subarray(0, 15), Buffer.of(1, 1, 0), zlib.subarray(18)]);
  const reply = client.expect(zlib);
  client.send(compressed);
  assert.match((await reply).text, /zlib/);
  const other = await ThriftClient.connect(stage.port("bad"));
  other.send(Buffer.from("GET / HTTP/1.1\r\n\r\n"));
  await until(() => other.closed, { what: "end of the connection" });
  assert.equal((await client.call({ text: "fine" })).text, "v1:fine");
  await stage.counts("bad", { "connections_closed.malformed": 1, connections_active: 1 });
});
