/** What servers do wrong is told to those who wait on their lane, and to nobody else. */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { after, before, test } from "node:test";
import { DubboClient, DubboServer, frame, HESSIAN2, response, STATUS } from "../support/dubbo.js";
import { readCall } from "../support/dubbo.js";
import { until } from "../support/wait.js";
import { Bystander } from "./support/bystander.js";
import { Stage } from "./support/stage.js";

const MAX_FRAME = 100_000;
const NAMES = ["garbage", "magic", "huge", "long", "cut", "stray", "twice"];

/** What the bad server does with a call of the method `bad`. */
let misbehave: (peer: Socket, id: bigint) => void = () => undefined;
let good: DubboServer;
let bad: DubboServer;
let stage: Stage;

before(async () => {
  good = await DubboServer.start({ tag: "good" });
  bad = await DubboServer.start({
    answer: (received, peer) => {
      const { id, method } = readCall(received);
      if (method === "bad") misbehave(peer, id);
      return undefined;
    },
  });
  stage = await Stage.start(
    NAMES.map((name) => ({
      name,
      maxFrameBytes: MAX_FRAME,
      subsets: { good: good.port, bad: bad.port },
      routes: [
        { match: [{ key: "method", exact: "bad" }], to: [{ subset: "bad" }] },
        { match: [{ key: "method", exact: "silent" }], to: [{ subset: "bad" }] },
        { to: [{ subset: "good" }] },
      ],
    })),
    1,
  );
});

after(async () => {
  await stage?.stop();
  await Promise.all([good, bad].map((server) => server.close()));
});

/**
 * Three calls wait on a lane of the bad server when the third makes it misbehave: they all get an
 * error, while other lanes of the connection and another connection go on.
 */
async function failsItsLane(name: string, act: (peer: Socket, id: bigint) => void) {
  const bystander = await Bystander.start(stage.port(name), "good");
  const client = await DubboClient.connect(stage.port(name));
  const calls = bad.calls;
  const silent = client.call({ method: "silent" });
  misbehave = () => undefined;
  const waiting = [client.call({ method: "bad" }), client.call({ method: "bad" })];
  await until(() => bad.calls === calls + 3, { what: "three calls at the bad server" });
  misbehave = act;
  waiting.push(client.call({ method: "bad" }));
  const replies = await Promise.all(waiting);
  for (const { status, error = "" } of replies) {
    assert.equal(status, STATUS.SERVER_ERROR);
    assert.match(error, /argot: /);
  }
  assert.equal((await client.call({ args: ["fine"] })).value, "good:fine");
  assert.equal(client.inFlight, 1, "another lane of the same server still waits");
  misbehave = (peer, id) => peer.write(response(id, "recovered"));
  assert.equal((await client.call({ method: "bad" })).value, "recovered", "over a new lane");
  assert.deepEqual(client.unsolicited, []);
  await stage.counts(name, { error_replies: 3, lanes_failed: 1 });
  client.close();
  await assert.rejects(silent, /closed before the reply/);
  await bystander.finish();
  await stage.counts(name, { connections_active: 0, lanes_active: 0 });
}

test("a server that answers garbage fails its lane", () =>
  failsItsLane("garbage", (peer) => peer.write("HTTP/1.1 400 Bad Request\r\n\r\n")));

test("half a wrong magic behind a whole answer fails the lane", () =>
  failsItsLane("magic", (peer) => {
    peer.write(frame(HESSIAN2, STATUS.OK, 99n, Buffer.from("N")));
    peer.write(Buffer.of(0xda, 0xbc));
  }));

test("an answer of 2 GiB fails its lane", () =>
  failsItsLane("huge", (peer, id) => {
    const head = frame(HESSIAN2, STATUS.OK, id, Buffer.alloc(0));
    head.writeUInt32BE(0x7fff_ffff, 12);
    peer.write(head);
  }));

test("an answer longer than maxFrameBytes fails its lane", () =>
  failsItsLane("long", (peer, id) => peer.write(response(id, "x".repeat(MAX_FRAME)))));

test("a server that closes in the middle of an answer fails its lane", () =>
  failsItsLane("cut", (peer, id) => {
    peer.end(response(id, "never to be complete").subarray(0, 30));
  }));

test("answers that nobody waits for are dropped and counted", async () => {
  const client = await DubboClient.connect(stage.port("stray"));
  misbehave = (peer, id) => {
    for (const stray of [id + 1n, id + 2n]) peer.write(response(stray, "stray"));
    peer.write(response(id, "right"));
  };
  assert.equal((await client.call({ method: "bad" })).value, "right");
  assert.deepEqual(client.unsolicited, []);
  await stage.counts("stray", { responses: 1, responses_unexpected: 2, lanes_failed: 0 });
  client.close();
});

test("only the first of two answers to a call reaches the client", async () => {
  const client = await DubboClient.connect(stage.port("twice"));
  misbehave = (peer, id) => {
    peer.write(Buffer.concat([response(id, "first"), response(id, "second")]));
  };
  assert.equal((await client.call({ method: "bad" })).value, "first");
  assert.equal((await client.call({ args: ["next"] })).value, "good:next");
  assert.deepEqual(client.unsolicited, []);
  await stage.counts("twice", { responses: 2, responses_unexpected: 1 });
  client.close();
});
