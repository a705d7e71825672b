/**
 * A server stops reading, so that its lane's requests are held back everywhere on the way, and then
 * the server or the client is gone: each call gets exactly one answer, and nothing is left.
 */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { after, before, test } from "node:test";
import {
  DubboClient,
  DubboServer,
  echo,
  readReply,
  request,
  response,
  STATUS,
  type DubboFrame,
} from "../support/dubbo.js";
import { until } from "../support/wait.js";
import { Bystander } from "./support/bystander.js";
import { Stage } from "./support/stage.js";
import { clusterStat } from "./support/stats.js";

/** 60 MB, above all windows and buffers on the way. */
const COUNT = 600;
const TEXT = "0123456789".repeat(10_000);
const bigRequest = (id: bigint) =>
  request({ id, service: "demo.Stalling", args: [`${id} ${TEXT}`] });

/** The server's end of a lane that it does not read. */
let stalled: Socket | undefined;
let server: DubboServer;
let stage: Stage;

before(async () => {
  const answer = echo("v1");
  server = await DubboServer.start({
    answer: (received, peer) => {
      if (!received.body.includes("demo.Stalling")) return answer(received, peer);
      stalled ??= peer.pause();
      if (peer === stalled) return undefined;
      const { id, bytes } = received;
      return response(id, bytes.equals(bigRequest(id)) ? `${id} is whole` : "broken");
    },
  });
  const subsets = { v1: server.port };
  stage = await Stage.start(
    ["closes", "resets", "leaves"].map((name) => ({ name, routeOn: ["service"], subsets })),
    1,
  );
});

after(async () => {
  await stage?.stop();
  await server.close();
});

/** Calls until nothing goes on any more; the answers to come. */
async function stall(name: string, client: DubboClient): Promise<Promise<DubboFrame>[]> {
  stalled = undefined;
  const calls = Array.from({ length: COUNT }, (_, i) =>
    client.request(bigRequest(BigInt(i)), 20_000),
  );
  let taken = -1;
  const standsStill = async () => {
    const before = taken;
    taken = await clusterStat(stage.envoy, name, "upstream_cx_tx_bytes_total");
    return taken === before && stalled !== undefined;
  };
  await until(standsStill, { what: "standstill", every: 100 });
  assert.ok(client.socket.writableLength > 0, "the client is pushed back");
  return calls;
}

async function isReleased(name: string): Promise<void> {
  await stage.counts(name, { connections_active: 0, lanes_active: 0, responses_unexpected: 0 });
  const active = () => clusterStat(stage.envoy, name, "upstream_cx_active");
  await until(async () => (await active()) === 0, { what: "end of the upstream connections" });
  await until(() => server.open === 0, { what: "end of the server's connections" });
}

for (const [name, act] of [
  ["closes", (peer: Socket) => peer.end()],
  ["resets", (peer: Socket) => peer.resetAndDestroy()],
] as const) {
  test(`a server that reads no more and ${name}: calls held back are answered over a new lane`, async () => {
    const client = await DubboClient.connect(stage.port(name));
    const calls = await stall(name, client);
    act(stalled!);
    let errors = 0;
    for (const [i, frame] of (await Promise.all(calls)).entries()) {
      const { status, value, error = "" } = readReply(frame);
      if (status === STATUS.OK) assert.equal(value, `${i} is whole`);
      else {
        assert.match(error, /^argot: the (server closed|connection to the server)/);
        errors++;
      }
    }
    assert.ok(errors > 0 && errors < COUNT, `${errors} of ${COUNT} calls got an error`);
    assert.deepEqual(client.unsolicited, [], "nobody is answered twice");
    await stage.counts(name, { requests: COUNT, responses: COUNT - errors, error_replies: errors });
    await stage.counts(name, { lanes_opened: 2, lanes_failed: 1, lanes_active: 1 });
    client.close();
    stalled!.destroy();
    await isReleased(name);
  });
}

test("a client that leaves while its calls are held back leaves nothing behind", async () => {
  const client = await DubboClient.connect(stage.port("leaves"));
  const settled = Promise.allSettled(await stall("leaves", client));
  const bystander = await Bystander.start(stage.port("leaves"), "v1");
  client.reset();
  for (const { status } of await settled) assert.equal(status, "rejected");
  await bystander.finish();
  stalled!.resume(); // to see the end of its lane
  await isReleased("leaves");
  await stage.counts("leaves", { error_replies: 0, lanes_failed: 0 });
});
