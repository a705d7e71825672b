/**
 * Servers that close or reset with calls in flight: each call gets exactly one answer, its own or
 * an error that says what happened; other lanes do not notice.
 */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { after, before, test } from "node:test";
import { DubboClient, response, STATUS } from "../support/dubbo.js";
import { until } from "../support/wait.js";
import { HoldingServer } from "./support/holding.js";
import { StaticStage } from "./support/static-stage.js";

const CLOSED = "argot: the server closed the connection";
const BROKE = "argot: the connection to the server broke";
const halfOf = (id: bigint) => response(id, "never to be complete").subarray(0, 25);

/** How servers break; what the calls are told, and Envoy's flags in its access log. */
const BREAKS: {
  name: string;
  what: string;
  act: (peer: Socket, id: bigint) => void;
  says: string;
  flags: string;
}[] = [
  { name: "fin", what: "closes", act: (peer) => peer.end(), says: CLOSED, flags: "-" },
  { name: "rst", what: "resets", act: (peer) => peer.resetAndDestroy(), says: BROKE, flags: "UC" },
  {
    ...{ name: "half-fin", what: "closes in the middle of an answer", says: CLOSED, flags: "-" },
    act: (peer, id) => peer.end(halfOf(id)),
  },
  {
    ...{ name: "half-rst", what: "resets in the middle of an answer", says: BROKE, flags: "UC" },
    act: (peer, id) => peer.write(halfOf(id), () => peer.resetAndDestroy()),
  },
];

let holding: HoldingServer;
let stage: StaticStage;

before(async () => {
  holding = await HoldingServer.start("v1");
  stage = await StaticStage.start(
    BREAKS.map(({ name }) => ({ name, routeOn: ["service"], subsets: { v1: holding.port } })),
  );
});

after(async () => {
  await stage?.stop();
  await holding.close();
});

for (const { name, what, act, says, flags } of BREAKS) {
  test(`a server that ${what}: what it answered counts, the other calls get an error`, async () => {
    const client = await DubboClient.connect(stage.port(name));
    const { calls } = await holding.hold(client, 32);
    holding.release(20);
    for (const [i, { value }] of (await Promise.all(calls.splice(0, 20))).entries()) {
      assert.equal(value, `v1:held ${i}`);
    }
    const aside = await holding.hold(client, 4, { service: "demo.Aside" });
    const { peer, id } = holding.waiting[0]!;
    act(peer, id);
    for (const { status, error } of await Promise.all(calls)) {
      assert.equal(status, STATUS.SERVER_ERROR);
      assert.equal(error, says);
    }
    assert.equal(client.inFlight, 4, "another lane of the same server still waits");
    await stage.connections(name, 1);
    await aside.answered();
    assert.equal((await client.call({ args: ["again"] })).value, "v1:again", "over a new lane");
    assert.deepEqual(client.unsolicited, [], "nobody is answered twice");
    await stage.counts(name, { requests: 37, responses: 25, error_replies: 12 });
    await stage.counts(name, { lanes_opened: 3, lanes_failed: 1, lanes_active: 2 });
    await stage.logged(name, flags);
    client.close();
    await stage.counts(name, { connections_active: 0, lanes_active: 0, responses_unexpected: 0 });
    await stage.connections(name, 0);
    await until(() => holding.server.open === 0, { what: "end of the server's connections" });
  });
}
