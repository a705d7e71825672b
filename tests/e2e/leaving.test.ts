/**
 * Clients that leave, in whatever way and with calls in flight: their lanes end, the servers'
 * connections are closed, others do not notice.
 *
 * Envoy closes a connection when the client has half-closed it: calls in flight then get no answer,
 * but the end of the connection. Nobody can be told more: the filter hears of it when it is over.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { DubboClient, request } from "../support/dubbo.js";
import { until } from "../support/wait.js";
import { Bystander } from "./support/bystander.js";
import { HoldingServer } from "./support/holding.js";
import { StaticStage } from "./support/static-stage.js";

const IN_FLIGHT = 32;
const half = request({ args: ["never to be complete"] }).subarray(0, 40);

/** How clients leave. */
const LEAVE: Record<string, (client: DubboClient) => void> = {
  "half-closes": (client) => client.end(),
  resets: (client) => client.reset(),
  "half-closes in the middle of a frame": (client) => client.socket.end(half),
  "resets in the middle of a frame": (client) => {
    client.socket.write(half, () => client.reset());
  },
};
const setups = Object.keys(LEAVE).map((how, i) => ({ how, name: `leave-${i}` }));

let holding: HoldingServer;
let stage: StaticStage;

before(async () => {
  holding = await HoldingServer.start("v1");
  stage = await StaticStage.start(
    [...setups, { name: "oneways" }].map(({ name }) => ({
      ...{ name, routeOn: ["service"], subsets: { v1: holding.port } },
    })),
  );
});

afterEach(() => holding.release());

after(async () => {
  await stage?.stop();
  await holding.close();
});

for (const { how, name } of setups) {
  test(`a client that ${how} with ${IN_FLIGHT} calls in flight leaves nothing behind`, async () => {
    const bystander = await Bystander.start(stage.port(name), "v1");
    const client = await DubboClient.connect(stage.port(name));
    const services = ["demo.A", "demo.B", "demo.C", "demo.D"];
    const calls: Promise<unknown>[] = [];
    for (const service of services) {
      const held = await holding.hold(client, IN_FLIGHT / services.length, { service });
      calls.push(...held.calls);
    }
    const peers = new Set(holding.waiting.map(({ peer }) => peer));
    await stage.connections(name, services.length + 1);
    const settled = Promise.allSettled(calls);
    LEAVE[how]!(client);
    for (const { status } of await settled) assert.equal(status, "rejected");
    await stage.connections(name, 1);
    await until(() => [...peers].every((peer) => peer.readableEnded || peer.destroyed), {
      what: "end of the lanes, seen by the server",
    });
    holding.release(); // answers that nobody wants
    await bystander.finish();
    await stage.counts(name, { connections: 2, connections_active: 0, lanes_active: 0 });
    await stage.counts(name, {
      ...{ requests: IN_FLIGHT + bystander.calls, responses: bystander.calls },
      ...{ error_replies: 0, responses_unexpected: 0, lanes_failed: 0 },
      ...{ "connections_closed.truncated": how.includes("frame") ? 1 : 0 },
    });
    await stage.connections(name, 0);
    await until(() => holding.server.open === 0, { what: "end of the server's connections" });
    assert.deepEqual(client.unsolicited, []);
    assert.equal(client.inFlight, 0);
  });
}
