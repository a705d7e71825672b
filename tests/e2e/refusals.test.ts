/** Mode lanes: what Envoy refuses becomes Dubbo's own error, for those whom it concerns. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DubboClient, DubboServer, STATUS, type Reply } from "../support/dubbo.js";
import { freePort } from "../support/ports.js";
import { HoldingServer } from "./support/holding.js";
import { Stage, type Setup } from "./support/stage.js";

const MESSAGE = "shutdown is not for clients: größer als erlaubt ✋";

let holding: HoldingServer;
let deadPort: number;
let stage: Stage;

before(async () => {
  holding = await HoldingServer.start("v1");
  deadPort = await freePort();
  const setup: Omit<Setup, "name"> = {
    routeOn: ["service", "method"],
    subsets: { v1: holding.port, dead: deadPort },
    routes: [
      {
        name: "no-shutdown",
        match: [{ key: "method", prefix: "shutdown" }],
        refuse: { status: 403, message: MESSAGE },
      },
      {
        name: "no-more",
        match: [{ key: "method", exact: "tooMuch" }],
        refuse: { status: 429, message: "come back later" },
      },
      { name: "dead", match: [{ key: "service", exact: "demo.Dead" }], to: [{ subset: "dead" }] },
      { name: "demo", match: [{ key: "service", prefix: "demo." }], to: [{ subset: "v1" }] },
    ],
  };
  stage = await Stage.start(["each", "oneway", "again"].map((name) => ({ name, ...setup })));
});

after(async () => {
  await stage?.stop();
  await holding.close();
});

const REFUSED = [
  { call: { method: "shutdownNow" }, status: STATUS.SERVICE_ERROR, says: MESSAGE, http: "403" },
  { call: { method: "tooMuch" }, status: STATUS.THREADPOOL_EXHAUSTED, says: "later", http: "429" },
  { call: { service: "other.X" }, status: STATUS.SERVICE_NOT_FOUND, says: "argot: ", http: "404" },
  { call: { service: "demo.Dead" }, status: STATUS.SERVER_ERROR, says: "onnect", http: "503" },
];

test("each refusal is answered to exactly the calls that it meets; others go on", async () => {
  const client = await DubboClient.connect(stage.port("each"));
  const { answered: heldAnswered } = await holding.hold(client, 10);

  const refused: Promise<Reply>[] = [];
  const answered: Promise<Reply>[] = [];
  for (let i = 0; i < 5; i++) {
    refused.push(...REFUSED.map(({ call }) => client.call(call)));
    answered.push(client.call({ args: [`between ${i}`] }));
  }
  (await Promise.all(refused)).forEach(({ status, error = "" }, i) => {
    const { status: expected, says, http } = REFUSED[i % REFUSED.length]!;
    assert.equal(status, expected, `status for ${http}: ${error}`);
    assert.ok(error.includes(says), `"${error}" does not say "${says}"`);
  });
  (await Promise.all(answered)).forEach(({ value }, i) => {
    assert.equal(value, `v1:between ${i}`);
  });

  assert.equal(client.inFlight, 10, "the held calls still wait");
  await heldAnswered();
  assert.deepEqual(client.unsolicited, []);
  await stage.counts("each", { requests: 35, responses: 15, error_replies: 20, lanes_active: 2 });
  const entries = await stage.logged(({ lane = "" }) => lane.startsWith("each-"), REFUSED.length);
  for (const { http } of REFUSED) {
    const lanes = entries.filter(({ status }) => status === http);
    assert.ok(lanes.length >= 1 && lanes.length <= 5, `${lanes.length} lanes with ${http}`);
  }
  client.close();
});

test("a refused oneway call is answered by nothing", async () => {
  const client = await DubboClient.connect(stage.port("oneway"));
  for (const { call } of REFUSED) client.notify(call);
  for (const { http } of REFUSED) {
    await stage.logged(({ lane = "", status }) => lane.startsWith("oneway-") && status === http);
  }
  const { value } = await client.call({ args: ["still here"] });
  assert.equal(value, "v1:still here");
  assert.deepEqual(client.unsolicited, []);
  assert.equal(client.closed, false);
  await stage.counts("oneway", { oneways: 4, requests: 1, responses: 1, error_replies: 0 });
  client.close();
});

test("a server that comes to life is reached over the same connection", async () => {
  const client = await DubboClient.connect(stage.port("again"));
  const call = { service: "demo.Dead", args: ["anyone?"] };
  const { status } = await client.call(call);
  assert.equal(status, STATUS.SERVER_ERROR);
  const late = await DubboServer.start({ tag: "late", port: deadPort });
  try {
    assert.equal((await client.call(call)).value, "late:anyone?");
    await stage.counts("again", { error_replies: 1, responses: 1, connections: 1 });
  } finally {
    client.close();
    await late.close();
  }
});
