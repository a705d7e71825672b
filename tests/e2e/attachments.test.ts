/** The configuration changes attachments of requests on their way; all else arrives as it was sent. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { DubboClient, frame, readCall, request, STATUS } from "../support/dubbo.js";
import { HoldingServer } from "./support/holding.js";
import { payload } from "./support/pieces.js";
import { Stage } from "./support/stage.js";

const JAVA_CALL = 0xc3; // request, two-way, serialization 3

let holding: HoldingServer;
let client: DubboClient;
let stage: Stage;

before(async () => {
  holding = await HoldingServer.start("v1");
  holding.server.keep = true;
  const subsets = { v1: holding.port };
  const attachments = { set: { zone: "z1", user: "proxy" }, remove: ["secret"] };
  stage = await Stage.start([
    { name: "changes", subsets, attachments, routeOn: ["method", "attachment.user"] },
    { name: "alone", subsets, attachments: { set: { zone: "z2" } } },
  ]);
});

beforeEach(() => {
  holding.server.frames.length = 0;
});

after(async () => {
  client?.close();
  await stage?.stop();
  await holding.close();
});

test("attachments are set, replaced and removed; routes see what the client sent", async () => {
  client = await DubboClient.connect(stage.port("changes"));
  const attachments = { user: "alice", secret: "s", trace: "ü😀" };
  const replies = await Promise.all(
    Array.from({ length: 50 }, (_, i) =>
      client.call({ method: "get", args: [payload(i)], attachments }),
    ),
  );
  replies.forEach((reply, i) => assert.equal(reply.value, `v1:${payload(i)}`));
  const calls = holding.server.frames.map(readCall);
  assert.equal(calls.length, 50);
  for (const call of calls) {
    const { trace, zone, user, secret } = call.attachments as Record<string, unknown>;
    assert.deepEqual({ trace, zone, user }, { trace: "ü😀", zone: "z1", user: "proxy" });
    assert.equal(secret, undefined);
  }
  await stage.counts("changes", { requests: 50, lanes_opened: 1 });
});

test("a request without attachments gets them, a long one too", async () => {
  client = await DubboClient.connect(stage.port("alone"));
  const long = "l".repeat(200_000);
  assert.equal((await client.call({ method: "get", args: [long] })).value, `v1:${long}`);
  const call = readCall(holding.server.frames[0]!);
  assert.equal((call.attachments as Record<string, unknown>).zone, "z2");
  assert.equal(call.args[0], long);
});

test("a request whose attachments can't be changed is refused, and no server sees it", async () => {
  client = await DubboClient.connect(stage.port("alone"));
  const java = request({ id: 9n, method: "get", args: ["x"] });
  const unknown = frame(JAVA_CALL, 0, 9n, java.subarray(16));
  assert.equal((await client.request(unknown)).status, STATUS.BAD_REQUEST);
  assert.equal((await client.call({ method: "get", args: ["y"] })).value, "v1:y");
  assert.equal(holding.server.frames.length, 1);
});
