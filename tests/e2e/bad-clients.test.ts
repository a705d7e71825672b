/** What clients do wrong costs them their connection, has a counter, and harms nobody else. */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import {
  DubboClient,
  FLAG,
  frame,
  HESSIAN2,
  readReply,
  request,
  STATUS,
} from "../support/dubbo.js";
import { until } from "../support/wait.js";
import { Bystander } from "./support/bystander.js";
import { HoldingServer } from "./support/holding.js";
import { Stage } from "./support/stage.js";

const MAX_FRAME = 100_000;
const MAX_METADATA = 1000;
const REQUEST = FLAG.REQUEST | FLAG.TWO_WAY | HESSIAN2;

const lanesCases = [
  ...["garbage", "huge", "cut", "middle", "long", "unread", "key", "nobody", "magic", "flood"],
];
const connectionCases = ["c-garbage", "c-huge", "c-cut", "c-silent", "c-far", "c-http"];

let holding: HoldingServer;
let stage: Stage;
let bystander: Bystander;

before(async () => {
  holding = await HoldingServer.start("v1");
  const common = {
    ...{ maxFrameBytes: MAX_FRAME, maxMetadataBytes: MAX_METADATA },
    subsets: { v1: holding.port },
  };
  const routeOn = ["service", "method", "attachment.user"];
  stage = await Stage.start(
    [
      ...lanesCases.map((name) => ({ name, routeOn, ...common })),
      ...connectionCases.map((name) => ({ name, mode: "connection" as const, routeOn, ...common })),
    ],
    1, // all in one virtual machine
  );
});

afterEach(() => holding.release());

after(async () => {
  await stage?.stop();
  await holding.close();
});

/** Another client works at the same listener all the time; then `name`'s counters are compared. */
async function harmless(
  name: string,
  expected: Record<string, number>,
  misbehave: (client: DubboClient) => Promise<void>,
): Promise<void> {
  bystander = await Bystander.start(stage.port(name), "v1");
  const client = await DubboClient.connect(stage.port(name));
  await misbehave(client);
  client.close();
  await bystander.finish();
  await stage.counts(name, { connections: 2, connections_active: 0, ...expected });
}

async function closed(client: DubboClient): Promise<void> {
  await until(() => client.closed, { what: "end of the connection", timeout: 5_000 });
}

/** A header that claims a body of so many bytes. */
function claim(id: bigint, bodyLength: number): Buffer {
  const head = frame(REQUEST, 0, id, Buffer.alloc(0));
  head.writeUInt32BE(bodyLength, 12);
  return head;
}

const malformed = { "connections_closed.malformed": 1, error_replies: 0 };
const truncated = { "connections_closed.truncated": 1, error_replies: 0 };
const oversize = { "connections_closed.oversize": 1 };
const refusedLong = { "requests_refused.oversize": 1 };

test("lanes: garbage closes its connection", () =>
  harmless("garbage", malformed, async (client) => {
    client.send(Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    await closed(client);
    assert.equal(client.received, 0);
  }));

test("lanes: a length of 2 GiB gets an error reply, then its connection is closed", () =>
  harmless("huge", { ...oversize, ...refusedLong, error_replies: 1 }, async (client) => {
    const head = claim(77n, 0x7fff_ffff);
    const { status, error } = readReply(await client.request(head));
    assert.equal(status, STATUS.BAD_REQUEST);
    assert.match(error ?? "", /too long/);
    await closed(client);
  }));

test("lanes: a frame longer than maxFrameBytes is refused; calls in flight are answered first", () =>
  harmless("long", { ...oversize, ...refusedLong, error_replies: 1 }, async (client) => {
    const { answered } = await holding.hold(client, 3);
    const fits = request({ id: 1n, args: ["x".repeat(MAX_FRAME - 200)] });
    assert.equal(readReply(await client.request(fits)).status, STATUS.OK);
    const long = request({ id: 2n, args: ["x".repeat(MAX_FRAME)] });
    const { status, error } = readReply(await client.request(long));
    assert.equal(status, STATUS.BAD_REQUEST);
    assert.match(error ?? "", /too long/);
    await stage.counts("long", oversize);
    assert.equal(client.closed, false, "it waits for the answers");
    await answered();
    await closed(client);
  }));

test("lanes: a wrong magic in the middle closes; calls in flight are answered first", () =>
  harmless("middle", malformed, async (client) => {
    const { answered } = await holding.hold(client, 3);
    const good = request({ id: 1n, args: ["good"] });
    const reply = client.expect(good);
    const after = request({ id: 2n, args: ["too late"] });
    client.send(Buffer.concat([good, Buffer.from("ohno"), after]));
    assert.equal(readReply(await reply).value, "v1:good");
    await stage.counts("middle", malformed);
    assert.equal(client.closed, false, "it waits for the answers");
    await answered();
    await closed(client);
    assert.deepEqual(client.unsolicited, [], "what follows the wrong bytes is not looked at");
  }));

test("lanes: half a magic closes at once", () =>
  harmless("magic", malformed, async (client) => {
    client.send(Buffer.of(0xda, 0xbc));
    await closed(client);
  }));

test("lanes: a client that leaves in the middle of a frame leaves nothing behind", () =>
  harmless("cut", { ...truncated, lanes_active: 0 }, async (client) => {
    const { answered } = await holding.hold(client, 1);
    await answered();
    client.send(request({ args: ["never to be complete"] }).subarray(0, 40));
    client.end();
    await closed(client);
  }));

test("lanes: a client that is gone before its answers leaves nothing behind", () =>
  harmless("nobody", { lanes_active: 0, error_replies: 0 }, async (client) => {
    const { answered } = await holding.hold(client, 5);
    client.reset();
    await assert.rejects(answered(), /closed before the reply/);
  }));

test("lanes: a body that can't be read gets an error reply, and its connection goes on", () =>
  harmless("unread", { error_replies: 2, "requests_refused.unreadable": 2 }, async (client) => {
    for (const body of [Buffer.from([0xff, 0xff, 0xff]), Buffer.from("\x7fnonsense")]) {
      const bytes = frame(REQUEST, 0, 5n, body);
      const { status, error } = readReply(await client.request(bytes));
      assert.equal(status, STATUS.BAD_REQUEST);
      assert.match(error ?? "", /can't be read/);
    }
    assert.equal((await client.call({ args: ["fine"] })).value, "v1:fine");
  }));

test("lanes: a routing key that is too long gets an error reply, and its connection goes on", () =>
  harmless("key", { error_replies: 1, "requests_refused.metadata": 1 }, async (client) => {
    const user = "u".repeat(MAX_METADATA);
    const { status, error } = await client.call({ attachments: { user } });
    assert.equal(status, STATUS.BAD_REQUEST);
    assert.match(error ?? "", /metadata are too long/);
    assert.equal((await client.call({ args: ["fine"] })).value, "v1:fine");
  }));

test("lanes: 100 clients that send garbage at once are all closed", async () => {
  bystander = await Bystander.start(stage.port("flood"), "v1");
  const clients = await Promise.all(
    Array.from({ length: 100 }, () => DubboClient.connect(stage.port("flood"))),
  );
  for (const [i, client] of clients.entries()) {
    if (i % 2 === 0) client.send(request({ id: 1n, method: "m", args: [`${i}`] }));
    client.send(Buffer.alloc(1 + i * 50, 0x55));
  }
  await Promise.all(clients.map((client) => closed(client)));
  await bystander.finish();
  await stage.counts("flood", { connections_active: 0, "connections_closed.malformed": 100 });
  assert.equal(clients.filter(({ unsolicited }) => unsolicited.length === 1).length, 50);
});

test("connection: garbage closes its connection", () =>
  harmless("c-garbage", malformed, async (client) => {
    client.send(Buffer.from("hello?"));
    await closed(client);
    assert.equal(client.received, 0);
  }));

test("connection: a first frame of 2 GiB closes its connection", () =>
  harmless("c-huge", oversize, async (client) => {
    client.send(claim(1n, 0x7fff_ffff));
    await closed(client);
  }));

test("connection: metadata beyond the first 64 KiB close the connection", () =>
  harmless("c-far", oversize, async (client) => {
    client.send(request({ args: ["x".repeat(70_000)], attachments: { user: "late" } }));
    await closed(client);
  }));

test("connection: a client that leaves in the middle of its first frame reaches no server", () =>
  harmless(
    "c-cut",
    { ...truncated, "connections_closed.oversize": 0, requests: 1 },
    async (client) => {
      client.send(request({ args: ["never to be complete"] }).subarray(0, 40));
      client.end();
      await closed(client);
    },
  ));

test("connection: a client that leaves without a word leaves nothing behind", () =>
  harmless("c-silent", { requests: 1, "connections_closed.truncated": 0 }, async (client) => {
    client.end();
    await closed(client);
  }));

test("connection: HTTP/2 closes its connection", () =>
  harmless("c-http", malformed, async (client) => {
    client.send(Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    await closed(client);
  }));
