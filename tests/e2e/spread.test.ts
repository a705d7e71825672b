/** Mode lanes: several lanes of one key share the calls of one connection. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DubboClient, DubboServer } from "../support/dubbo.js";
import { Stage } from "./support/stage.js";

const SERVERS = 4;
const IN_FLIGHT = 8;
const CALLS = 800;
/** How much longer than the others the slow server takes, in milliseconds. */
const SLOW = 100;

let servers: DubboServer[] = [];
let stage: Stage;

before(async () => {
  servers = await Promise.all(
    Array.from({ length: SERVERS }, (_, i) => DubboServer.start({ tag: `s${i}` })),
  );
  const endpoints = servers.map(({ port }) => `127.0.0.1:${port}`);
  const lanes = { maxAgeSeconds: 0 };
  stage = await Stage.start(
    [
      { name: "one", lanes, subsets: { all: servers[0]!.port } },
      { name: "spread", lanes: { ...lanes, spread: SERVERS }, subsets: { all: servers[0]!.port } },
      { name: "idle", lanes: { ...lanes, idleSeconds: 1 }, subsets: { all: servers[0]!.port } },
    ],
    1,
  );
  for (const { services } of stage.model) {
    const [subset] = services[0]!.subsets;
    if (subset) subset.endpoints = endpoints;
  }
  await stage.envoy.update(stage.model);
});

after(async () => {
  await stage?.stop();
  await Promise.all(servers.map((server) => server.close()));
});

/**
 * Calls over one connection, so many at a time; how many each server answered. The server of the
 * first call, and so of the first lane, comes first and answers the others after `delay` only.
 */
async function answersOf(name: string, delay = 0): Promise<number[]> {
  const client = await DubboClient.connect(stage.port(name));
  const [first] = String((await client.call({ args: ["first"] })).value).split(":");
  const slow = servers[Number(first?.slice(1))]!;
  slow.delay = delay;
  const seen = new Map<string, number>();
  let calls = 0;
  const caller = async () => {
    while (calls < CALLS) {
      const argument = `${calls++}`;
      const { value } = await client.call({ args: [argument] });
      const [tag = "", answer] = String(value).split(":");
      assert.equal(answer, argument);
      seen.set(tag, (seen.get(tag) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, caller));
  client.close();
  slow.delay = 0;
  const count = (tag: string) => seen.get(tag) ?? 0;
  const others = servers.map((_, i) => `s${i}`).filter((tag) => tag !== first);
  return [count(first ?? ""), ...others.map(count)];
}

test("without spread, the calls of a key and connection go to one server", async () => {
  assert.deepEqual(await answersOf("one"), [CALLS, 0, 0, 0]);
});

test("with spread, they go to several servers, and few to a slow one", async () => {
  const [slow = 0, ...others] = await answersOf("spread", SLOW);
  assert.ok(slow > 0 && slow < CALLS / SERVERS / 2, `the slow one got ${slow} of ${CALLS}`);
  assert.equal(slow + others.reduce((sum, count) => sum + count), CALLS);
  await stage.counts("spread", { requests: CALLS + 1, responses: CALLS + 1 });
  await stage.counts("spread", { lanes_opened: SERVERS, error_replies: 0 });
});

test("a lane that is idle is closed; the connection stays and gets a new one", async () => {
  const client = await DubboClient.connect(stage.port("idle"));
  assert.match(String((await client.call({ args: ["a"] })).value), /:a$/);
  await stage.counts("idle", { lanes_active: 0, lanes_opened: 1, lanes_failed: 0 });
  assert.match(String((await client.call({ args: ["b"] })).value), /:b$/);
  assert.equal(client.closed, false);
  await stage.counts("idle", { lanes_opened: 2, error_replies: 0 });
  client.close();
});
