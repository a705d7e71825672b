/** Mode lanes with more routing keys on one connection than Envoy allows streams. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DubboClient, DubboServer, echo, readCall, STATUS } from "../support/dubbo.js";
import { until } from "../support/wait.js";
import { Stage } from "./support/stage.js";

/** What the emitted Envoy configuration allows: `max_concurrent_streams`. */
const MOST_LANES = 1024;

const letGo: (() => void)[] = [];
let server: DubboServer;
let stage: Stage;

before(async () => {
  const answer = echo("v1");
  server = await DubboServer.start({
    answer: async (received, peer) => {
      const { method } = readCall(received);
      if (method.startsWith("held")) await new Promise<void>((resolve) => letGo.push(resolve));
      return answer(received, peer);
    },
  });
  const subsets = { v1: server.port };
  stage = await Stage.start(
    ["idle", "busy"].map((name) => ({ name, subsets })),
    1,
  );
});

after(async () => {
  for (const go of letGo) go();
  await stage?.stop();
  await server.close();
});

test("lanes that are idle make room for others", async () => {
  const client = await DubboClient.connect(stage.port("idle"));
  const call = async (i: number) => {
    const { value, error } = await client.call({ method: `m${i}`, args: [`${i}`] });
    assert.equal(value, `v1:${i}`, error);
  };
  for (let i = 0; i < MOST_LANES; i += 64) {
    await Promise.all(Array.from({ length: 64 }, (_, j) => call(i + j)));
  }
  await stage.counts("idle", { lanes_active: MOST_LANES });
  // Lanes that were used a moment ago are kept for a second.
  await until(async () => {
    const { status } = await client.call({ method: "another", args: ["x"] });
    return status === STATUS.OK;
  });
  for (let i = 0; i < 200; i++) await call(MOST_LANES + i);
  await stage.counts("idle", { lanes_active: MOST_LANES, lanes_failed: 0 });
  client.close();
  await stage.counts("idle", { lanes_active: 0 });
  await until(() => server.open === 0, { what: "end of all connections to the server" });
});

test("a call beyond the last lane gets an error; those in flight are answered", async () => {
  const client = await DubboClient.connect(stage.port("busy"));
  const held = Array.from({ length: MOST_LANES }, (_, i) =>
    client.call({ method: `held${i}`, args: [`${i}`] }, 20_000),
  );
  await until(() => letGo.length === MOST_LANES, { what: "held calls" });
  const { status, error } = await client.call({ method: "oneTooMany" });
  assert.equal(status, STATUS.SERVER_ERROR);
  assert.match(error ?? "", /too many lanes/);
  await stage.counts("busy", {
    error_replies: 1,
    requests_refused: 1,
    "requests_refused.lanes": 1,
  });
  for (const go of letGo.splice(0)) go();
  for (const [i, call] of held.entries()) assert.equal((await call).value, `v1:${i}`);
  await until(async () => {
    const { value } = await client.call({ method: "m", args: ["x"] });
    return value === "v1:x";
  });
  await stage.counts("busy", { lanes_active: MOST_LANES, lanes_failed: 0 });
  client.close();
});
