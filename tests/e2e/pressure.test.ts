/** Mode lanes where one side reads more slowly than the other writes: nothing is lost or mixed. */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { after, before, test } from "node:test";
import { DubboClient, DubboServer, echo, heartbeat, request, response } from "../support/dubbo.js";
import { until } from "../support/wait.js";
import { Bystander } from "./support/bystander.js";
import { Stage } from "./support/stage.js";

/** 60 MB, above all windows and buffers on the way. */
const COUNT = 600;
const TEXT = "0123456789".repeat(10_000);
const TOTAL = COUNT * TEXT.length;
const IDS = Array.from({ length: COUNT }, (_, i) => BigInt(i + 1));

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
    ["slow-server", "slow-client", "overflow"].map((name) => ({
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

/** Waits until `value` has been the same, and not 0, for twenty looks. */
async function still(value: () => number): Promise<number> {
  let last = 0;
  let times = 0;
  await until(
    () => {
      const now = value();
      times = now === last && now > 0 ? times + 1 : 0;
      last = now;
      return times >= 20;
    },
    { what: "standstill", timeout: 20_000, every: 20 },
  );
  return last;
}

test("a server that stops reading pushes the client back; in the end all is answered", async () => {
  const bystander = await Bystander.start(stage.port("slow-server"), "v1");
  const client = await DubboClient.connect(stage.port("slow-server"));
  const calls = IDS.map((id) => client.request(bigRequest(id), 60_000));
  const kept = await still(() => client.socket.writableLength);
  assert.ok(kept > TOTAL / 3, `${kept} of ${TOTAL} bytes stay with the client`);
  await bystander.finish();
  peer!.resume();
  for (const [i, { id, bytes }] of (await Promise.all(calls)).entries()) {
    assert.ok(bytes.equals(response(IDS[i]!, `${id} is whole`)), `answer to call ${IDS[i]}`);
  }
  await stage.counts("slow-server", { error_replies: 0, lanes_failed: 0 });
  client.close();
});

test("a client that stops reading pushes the server back; in the end it gets all", async () => {
  const bystander = await Bystander.start(stage.port("slow-client"), "v1");
  const client = await DubboClient.connect(stage.port("slow-client"));
  client.socket.pause();
  const calls = IDS.map((id) => client.request(smallRequest(id), 60_000));
  const waiting = () => Math.max(...Array.from(server.peers, (each) => each.writableLength));
  const kept = await still(waiting);
  assert.ok(kept > TOTAL / 3, `${kept} of ${TOTAL} bytes stay with the server`);
  await bystander.finish();
  client.socket.resume();
  for (const [i, { id, bytes }] of (await Promise.all(calls)).entries()) {
    assert.ok(bytes.equals(response(IDS[i]!, `${id} ${TEXT}`)), `answer to call ${IDS[i]}`);
  }
  await stage.counts("slow-client", { error_replies: 0, lanes_failed: 0 });
  client.close();
});

test("more than maxBufferedBytes held back closes the connection; what was sent on is answered", async () => {
  peer = undefined;
  const bystander = await Bystander.start(stage.port("overflow"), "v1");
  const client = await DubboClient.connect(stage.port("overflow"));
  assert.equal((await client.call({ service: "slow.Three", args: ["x"] })).value, "v1:x");
  const calls = IDS.map((id) => client.request(bigRequest(id), 60_000));
  const settled = Promise.allSettled(calls);
  await still(() => client.socket.writableLength);
  // Envoy holds what the filter leaves with it. Something to say on another lane, where there is
  // room, makes the filter take that over, and so have too much.
  otherPeer!.write(heartbeat(1n));
  await stage.counts("overflow", { "connections_closed.buffer": 1 });
  await bystander.finish();
  peer!.resume();
  const results = await settled;
  const firstLost = results.findIndex(({ status }) => status === "rejected");
  assert.ok(firstLost > 0, `the first ${firstLost} calls were answered`);
  assert.ok(client.closed);
  for (const [i, result] of results.slice(0, firstLost).entries()) {
    assert.ok(result.status === "fulfilled");
    assert.ok(result.value.bytes.equals(response(IDS[i]!, `${IDS[i]} is whole`)));
  }
  await stage.counts("overflow", { responses: 1 + firstLost + bystander.calls });
});
