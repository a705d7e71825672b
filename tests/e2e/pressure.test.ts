/** Mode lanes where one side reads more slowly than the other writes: nothing is lost or mixed. */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { after, before, test } from "node:test";
import {
  DubboClient,
  DubboServer,
  echo,
  request,
  response,
  type DubboFrame,
} from "../support/dubbo.js";
import { until } from "../support/wait.js";
import { Bystander } from "./support/bystander.js";
import { Stage } from "./support/stage.js";

const TEXT = "0123456789".repeat(10_000);
/** Calls at a time: 10 MB. */
const BATCH = 100;
/** Above all windows and buffers on the way: the kernel alone lets a socket's grow to 32 MB. */
const MOST = 20 * BATCH;

const bigRequest = (id: bigint) => request({ id, service: "slow.One", args: [`${id} ${TEXT}`] });
const smallRequest = (id: bigint) => request({ id, service: "slow.Two" });

let server: DubboServer;
/** The server's end of the lane that it does not read for a while. */
let peer: Socket | undefined;
/** The server's end of the lane for `slow.Three`. */
let otherPeer: Socket | undefined;
let stage: Stage;

before(async () => {
  const answer = echo("v1");
  server = await DubboServer.start({
    answer: (received, from) => {
      const { id, bytes, body } = received;
      if (body.includes("slow.One")) {
        peer ??= from.pause();
        return response(id, bytes.equals(bigRequest(id)) ? `${id} is whole` : "broken");
      }
      if (body.includes("slow.Three")) otherPeer = from;
      return body.includes("slow.Two") ? response(id, `${id} ${TEXT}`) : answer(received, from);
    },
  });
  const subsets = { v1: server.port };
  stage = await Stage.start(
    ["slow-server", "slow-client", "overflow", "garbage"].map((name) => ({
      ...{ name, routeOn: ["service"], subsets },
      ...(name === "overflow" && { lanes: { maxBufferedBytes: 65_536 } }),
    })),
    1,
  );
});

after(async () => {
  peer?.resume();
  await stage?.stop();
  await server.close();
});

/** Waits until `value` has been the same for twenty looks. */
async function still(value: () => number): Promise<number> {
  let last = value();
  let times = 0;
  await until(
    () => {
      const now = value();
      times = now === last ? times + 1 : 0;
      last = now;
      return times >= 20;
    },
    { what: "standstill", timeout: 30_000, every: 20 },
  );
  return last;
}

/** Makes calls by their ids until bytes of them stay with their sender, who has `waiting()`. */
async function callUntilHeld(
  call: (id: bigint) => Promise<DubboFrame>,
  waiting: () => number,
): Promise<{ id: bigint; reply: Promise<DubboFrame> }[]> {
  const calls: { id: bigint; reply: Promise<DubboFrame> }[] = [];
  do {
    assert.ok(calls.length < MOST, `${calls.length} calls were taken from their sender`);
    for (let i = 0; i < BATCH; i++) {
      const id = BigInt(calls.length + 1);
      const reply = call(id);
      reply.catch(() => undefined); // told by who waits for it
      calls.push({ id, reply });
    }
  } while ((await still(waiting)) === 0);
  return calls;
}

test("a server that stops reading pushes the client back; in the end all is answered", async () => {
  const bystander = await Bystander.start(stage.port("slow-server"), "v1");
  const client = await DubboClient.connect(stage.port("slow-server"));
  const calls = await callUntilHeld(
    (id) => client.request(bigRequest(id), 60_000),
    () => client.socket.writableLength,
  );
  await bystander.finish();
  peer!.resume();
  for (const { id, reply } of calls) {
    assert.ok((await reply).bytes.equals(response(id, `${id} is whole`)), `answer to call ${id}`);
  }
  await stage.counts("slow-server", { error_replies: 0, lanes_failed: 0 });
  client.close();
});

test("a client that stops reading pushes the server back; in the end it gets all", async () => {
  const bystander = await Bystander.start(stage.port("slow-client"), "v1");
  const client = await DubboClient.connect(stage.port("slow-client"));
  client.socket.pause();
  const calls = await callUntilHeld(
    (id) => client.request(smallRequest(id), 60_000),
    () => Math.max(...Array.from(server.peers, (each) => each.writableLength)),
  );
  await bystander.finish();
  client.socket.resume();
  for (const { id, reply } of calls) {
    assert.ok((await reply).bytes.equals(response(id, `${id} ${TEXT}`)), `answer to call ${id}`);
  }
  await stage.counts("slow-client", { error_replies: 0, lanes_failed: 0 });
  client.close();
});

test("more than maxBufferedBytes held back closes the connection; what was sent on is answered", async () => {
  peer = undefined;
  const bystander = await Bystander.start(stage.port("overflow"), "v1");
  const client = await DubboClient.connect(stage.port("overflow"));
  assert.equal((await client.call({ service: "slow.Three", args: ["x"] })).value, "v1:x");
  const calls = await callUntilHeld(
    (id) => client.request(bigRequest(id), 60_000),
    () => client.socket.writableLength,
  );
  // Envoy holds what the filter leaves with it. Bytes of another lane have the filter tell Envoy
  // that there is room for more, and so take that over: then it has too much.
  otherPeer!.write(response(0n, TEXT.repeat(30)));
  await stage.counts("overflow", { "connections_closed.buffer": 1 });
  await bystander.finish();
  peer!.resume();
  const results = await Promise.allSettled(calls.map(({ reply }) => reply));
  const firstLost = results.findIndex(({ status }) => status === "rejected");
  assert.ok(firstLost > 0, `the first ${firstLost} calls were answered`);
  assert.ok(client.closed);
  for (const [i, result] of results.slice(0, firstLost).entries()) {
    assert.ok(result.status === "fulfilled");
    const { id } = calls[i]!;
    assert.ok(result.value.bytes.equals(response(id, `${id} is whole`)), `answer to call ${id}`);
  }
  await stage.counts("overflow", { responses: 1 + firstLost + bystander.calls });
});

test("answers reach a client that sends on after what closes its connection", async () => {
  const client = await DubboClient.connect(stage.port("garbage"));
  client.socket.pause(); // its kernel takes a part of the answers, Envoy's keeps the others
  const calls = Array.from({ length: 10 }, (_, i) => client.request(smallRequest(BigInt(i + 1))));
  for (const call of calls) call.catch(() => undefined);
  await stage.counts("garbage", { responses: calls.length });
  client.socket.write(Buffer.alloc(16_000_000, "garbage"));
  await stage.counts("garbage", { "connections_closed.malformed": 1, connections_active: 0 });
  client.socket.resume();
  for (const [i, call] of calls.entries()) {
    const id = BigInt(i + 1);
    assert.ok((await call).bytes.equals(response(id, `${id} ${TEXT}`)), `answer to call ${id}`);
  }
});
