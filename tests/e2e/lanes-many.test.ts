/** Mode lanes under load: every answer is its own request's, from where the route demands. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DubboClient, DubboServer, STATUS, type Call } from "../support/dubbo.js";
import { encode } from "../support/hessian.js";
import { byBytes, echoInPieces, payload } from "./support/pieces.js";
import { Stage } from "./support/stage.js";

const CONNECTIONS = 32;
const IN_FLIGHT = 64;
const CALLS_A_CONNECTION = 160;

/** What is called, and which server has to answer. */
const KINDS: { call: Call; to: string; rule: string }[] = [
  { call: {}, to: "rest", rule: "rest" },
  { call: { method: "other" }, to: "rest", rule: "rest" },
  { call: { service: "demo.Bill" }, to: "exact", rule: "exact" },
  { call: { service: "demo.Billing" }, to: "rest", rule: "rest" },
  { call: { method: "adminRead" }, to: "prefix", rule: "prefix" },
  { call: { method: "readAdmin" }, to: "rest", rule: "rest" },
  { call: { attachments: { user: "test-42" } }, to: "regex", rule: "regex" },
  { call: { attachments: { user: "test-42x" } }, to: "rest", rule: "rest" },
  { call: { attachments: { canary: "" } }, to: "present", rule: "present" },
  { call: { version: "2.0.0" }, to: "exact", rule: "version" },
  { call: { group: "blue" }, to: "prefix", rule: "group" },
  { call: { service: "demo.Bill", group: "blue" }, to: "exact", rule: "exact" },
];

const servers: Record<string, DubboServer> = {};
let stage: Stage;

before(async () => {
  for (const tag of ["exact", "prefix", "regex", "present", "rest"]) {
    servers[tag] = await DubboServer.start({ tag });
  }
  servers.pieces = await DubboServer.start({ answer: echoInPieces("pieces") });
  const { pieces, ...others } = Object.fromEntries(
    Object.entries(servers).map(([tag, { port }]) => [tag, port]),
  );
  stage = await Stage.start([
    {
      name: "many",
      routeOn: [
        ...["service", "method", "version", "group"],
        ...["attachment.user", "attachment.canary"],
      ],
      subsets: others,
      routes: [
        { name: "exact", match: [{ key: "service", exact: "demo.Bill" }], to: to("exact") },
        { name: "prefix", match: [{ key: "method", prefix: "admin" }], to: to("prefix") },
        {
          name: "regex",
          match: [{ key: "attachment.user", regex: "test-[0-9]+" }],
          to: to("regex"),
        },
        {
          name: "present",
          match: [{ key: "attachment.canary", present: true }],
          to: to("present"),
        },
        { name: "version", match: [{ key: "version", prefix: "2." }], to: to("exact") },
        { name: "group", match: [{ key: "group", exact: "blue" }], to: to("prefix") },
        { name: "rest", to: to("rest") },
      ],
    },
    { name: "pieces", subsets: { pieces: pieces ?? 0 } },
  ]);
});

after(async () => {
  await stage?.stop();
  await Promise.all(Object.values(servers).map((server) => server.close()));
});

const to = (subset: string) => [{ subset }];

test(`${CONNECTIONS} connections with ${IN_FLIGHT} calls in flight each get their own answers`, async () => {
  const clients = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => DubboClient.connect(stage.port("many"))),
  );
  const expected = Object.fromEntries(Object.keys(servers).map((tag) => [tag, 0]));
  let mostInFlight = 0;
  const work = async (client: DubboClient, index: number) => {
    let next = 0;
    const caller = async () => {
      for (let i = next++; i < CALLS_A_CONNECTION; i = next++) {
        const kind = KINDS[(index + i) % KINDS.length]!;
        const text = payload(index * CALLS_A_CONNECTION + i);
        expected[kind.to]!++;
        const reply = client.call({ ...kind.call, args: [text] });
        mostInFlight = Math.max(mostInFlight, client.inFlight);
        const { status, value, error } = await reply;
        assert.equal(status, STATUS.OK, error);
        assert.ok(value === `${kind.to}:${text}`, `call ${i} of ${index} got another's answer`);
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, caller));
  };
  await Promise.all(clients.map(work));

  assert.equal(mostInFlight, IN_FLIGHT);
  for (const [tag, server] of Object.entries(servers)) {
    assert.equal(server.calls, expected[tag], `calls that reached ${tag}`);
    assert.deepEqual(server.errors, []);
  }
  for (const client of clients) assert.deepEqual(client.unsolicited, []);
  const calls = CONNECTIONS * CALLS_A_CONNECTION;
  const lanes = CONNECTIONS * KINDS.length;
  await stage.counts("many", {
    ...{ connections: CONNECTIONS, connections_active: CONNECTIONS },
    ...{ requests: calls, responses: calls, error_replies: 0, responses_unexpected: 0 },
    ...{ lanes_opened: lanes, lanes_active: lanes, lanes_failed: 0 },
  });

  for (const client of clients) client.close();
  await stage.counts("many", { connections_active: 0, lanes_active: 0 });
  const entries = await stage.logged(({ lane = "" }) => lane.startsWith("many-"), lanes);
  assert.equal(entries.length, lanes, "a line of the access log for each lane");
  for (const { rule } of KINDS) {
    const kinds = KINDS.filter((kind) => kind.rule === rule);
    const count = entries.filter((entry) => entry.rule === rule).length;
    assert.equal(count, CONNECTIONS * kinds.length, `lanes by rule ${rule}`);
  }
});

test("arguments that look like other calls' attachments decide nothing", async () => {
  const client = await DubboClient.connect(stage.port("many"));
  const attachments = { path: "demo.Greeter", interface: "demo.Greeter", version: "0.0.0" };
  const disguise = encode({ ...attachments, user: "test-1" }).toString("latin1");
  const calls: [Call, string][] = [
    [{ args: ["x"], attachments: { user: "test-1" } }, "regex:x"],
    // This frame ends exactly as the one before.
    [{ args: ["x"], attachments: { note: disguise.slice(0, -1) } }, "rest:x"],
    [{ args: [disguise] }, `rest:${disguise}`],
    [{ args: [`x${disguise}`] }, `rest:x${disguise}`],
    [{ args: [disguise], attachments: { user: "test-1" } }, `regex:${disguise}`],
    [{ args: ["x", { user: "test-1" }] }, "rest:x"],
    [{ args: ["x"], attachments: { user: "test-1", canary: "" } }, "regex:x"],
    [{ args: ["x"], attachments: { User: "test-1" } }, "rest:x"],
  ];
  for (const [call, expected] of [...calls, ...calls.toReversed(), ...calls]) {
    assert.equal((await client.call(call)).value, expected);
  }
  client.close();
});

test("frames that come a byte at a time, both ways, are put together again", async () => {
  const client = await DubboClient.connect(stage.port("pieces"));
  const calls = Array.from({ length: 12 }, async (_, i) => {
    const text = `${i}`.repeat(i * i * 3);
    const { value } = await byBytes(client, { method: `m${i % 3}`, args: [text] });
    assert.ok(value === `pieces:${text}`, `call ${i} got another's answer`);
  });
  await Promise.all(calls);
  await stage.counts("pieces", { requests: 12, responses: 12, lanes_opened: 3 });
  client.close();
});

test("requests and answers of a megabyte pass while small ones overtake them", async () => {
  const client = await DubboClient.connect(stage.port("many"));
  const big = Array.from({ length: 6 }, (_, i) => `${i}`.repeat(1 << 20));
  const calls = big.map(async (text) => {
    const { value } = await client.call({ method: "adminBig", args: [text] }, 20_000);
    assert.ok(value === `prefix:${text}`);
  });
  const small = Array.from({ length: 50 }, async (_, i) => {
    const { value } = await client.call({ args: [`small ${i}`] }, 20_000);
    assert.equal(value, `rest:small ${i}`);
  });
  await Promise.all([...calls, ...small]);
  client.close();
});
