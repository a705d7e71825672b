/** What must hold for every framework: real clients, a real Envoy, real servers. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { argotStats } from "../../e2e/support/stats.js";
import { Stage } from "../../e2e/support/stage.js";
import { factsOf, type ProtocolName } from "../../../scripts/protocol/protocols.js";
import { freePort } from "../../support/ports.js";
import { until } from "../../support/wait.js";
import { missingTools } from "./build.js";
import { Client, Server, type CallOptions, type Outcome, type Program } from "./peer.js";

export interface Framework {
  /** Name and version, as in the names of tests. */
  name: string;
  protocol: ProtocolName;
  client: Program;
  server: Program;
  /** What the attachment `user` is called on the wire; null: there are none. Default: so. */
  attachment?: string | null;
  /** Can Envoy set attachments? Default: if the protocol has any. */
  changes?: boolean;
  /** The name of a method on the wire. Default: as it is. */
  onWire?: (method: string) => string;
  /** Has it oneway calls? Default: yes. */
  oneway?: boolean;
  /** The class of exception that a refused call raises, or a part of it. */
  refused: string;
  /** The same for a call whose server is not there. Default: as refused. */
  dead?: string;
  /** Do its messages say what Envoy said? Default: yes. */
  says?: boolean;
  /** The calls that a server ends with an exception. Default: fail, crash and missing. */
  failing?: readonly string[];
  /** Has it heartbeats, and are they made often? */
  heartbeats?: boolean;
  /** How many connections its client opens in these tests. Default: one. */
  connections?: number;
  /** Further tests with the same programs. */
  more?: (it: Register, peers: () => Peers) => void;
}

/** Registers a test, whose name then begins with the framework's. */
export type Register = (what: string, run: () => Promise<void>) => void;

export interface Peers {
  stage: Stage;
  v1: Server;
  v2: Server;
  client: Client;
}

const LISTENER = "peers";
const REFUSAL = "not for this client";
/** At once: milliseconds. */
const SOON = 1_000;

/** In CI, and with `npm run test:peers -- --all`, nothing may be missing. */
const strict = process.env.ARGOT_PEERS === "all" || (process.env.CI ?? "") !== "";

/** Why tests with these programs are skipped; false: they are not. */
export async function skipFor(...programs: Program[]): Promise<string | false> {
  const lists = await Promise.all(programs.map((each) => missingTools(each.programs)));
  const missing = [...new Set(lists.flat())];
  return missing.length > 0 && !strict && `needs ${missing.join(" and ")}, not found on PATH`;
}

/** Registers the tests of one framework. */
export async function testFramework(framework: Framework): Promise<void> {
  const { name, failing = ["fail", "crash", "missing"] } = framework;
  const skip = await skipFor(framework.client, framework.server);
  let peers: Peers;
  const it: Register = (what, run) => {
    test(`${name}: ${what}`, { skip }, run);
  };

  describe(name, () => {
    before(async () => {
      if (skip === false) peers = await start(framework);
    });
    after(async () => {
      if (peers === undefined) return;
      const { stage, ...processes } = peers;
      await Promise.all(Object.values(processes).map((each) => each.stop()));
      await stage.stop();
    });

    it("calls are routed by method", async () => {
      const { client } = peers;
      assert.equal(await client.value("echo", { arg: "größer ✋" }), "v1:größer ✋");
      assert.equal(await client.value("other"), "v2:x");
      assert.equal(await client.value("echo", { arg: "again" }), "v1:again");
    });

    if (framework.attachment !== null) {
      it("calls are routed by attachment", async () => {
        const { client } = peers;
        const by = (user: string): CallOptions => ({ attachments: { user } });
        assert.equal(await client.value("echo", by("gray")), "v2:x");
        assert.equal(await client.value("echo", by("alice")), "v1:x");
        const seen = (user: string) => client.value("attachment", { arg: "user", ...by(user) });
        assert.equal(await seen("gray"), "v2:gray");
        assert.equal(await seen("alice"), "v1:alice");
      });
    }

    if (changes(framework)) {
      it("Envoy sets and removes attachments", async () => {
        const { client } = peers;
        const attachments = { user: "alice", secret: "s", trace: "größer ✋" };
        const seen = (arg: string) => client.value("attachment", { arg, attachments });
        assert.equal(await seen("zone"), "v1:z1");
        assert.equal(await seen("secret"), "v1:");
        assert.equal(await seen("trace"), "v1:größer ✋", "those of the client stay");
        assert.equal(await client.value("attachment", { arg: "zone" }), "v1:z1", "the only one");
      });
    }

    for (const [method, what, error] of [
      ["refused", "a refused call", framework.refused],
      ["dead", "a call without a live server", framework.dead ?? framework.refused],
    ] as const) {
      it(`${what} raises ${error} at once`, async () => {
        const { client } = peers;
        await client.value("echo"); // connects
        for (let i = 0; i < 3; i++) {
          const outcome = await client.call(method);
          assert.ok(outcome.error?.includes(error), JSON.stringify(outcome));
          assert.ok(outcome.ms < SOON, `${outcome.ms} ms`);
          if (framework.says ?? true) {
            assert.ok(outcome.message?.includes(method === "dead" ? "onnect" : REFUSAL));
          }
          assert.equal(await client.value("echo"), "v1:x", "the client goes on");
        }
      });
    }

    it("exceptions of the server pass unchanged", async () => {
      const direct = await Client.start(framework.client, peers.v1.port);
      try {
        for (const method of failing) {
          const [through, without] = [await peers.client.call(method), await direct.call(method)];
          assert.ok(without.error !== undefined, `${method}: ${JSON.stringify(without)}`);
          assert.deepEqual(plain(through), plain(without), method);
        }
      } finally {
        await direct.stop();
      }
    });

    if (framework.oneway ?? true) {
      it("oneway calls arrive, once each", async () => {
        const { client, v1, v2 } = peers;
        const sent = Array.from({ length: 20 }, (_, i) => `oneway ${i}`);
        for (const arg of sent) await client.value("tell", { arg });
        await until(() => v1.told.length >= sent.length, { what: "oneway calls" });
        assert.equal(await client.value("echo", { arg: "after" }), "v1:after");
        assert.deepEqual([...v1.told].sort(), [...sent].sort());
        assert.deepEqual(v2.told, []);
      });
    }

    it("50 calls in flight", async () => {
      const calls = Array.from({ length: 50 }, (_, i): [string, CallOptions, string] => {
        if (i % 3 === 0) return ["echo", { arg: `c${i}` }, `v1:c${i}`];
        if (i % 3 === 1) return ["other", { arg: `c${i}` }, `v2:c${i}`];
        return ["sleep", { arg: String(60 - i) }, `v1:slept ${60 - i}`];
      });
      const answers = calls.map(([method, options]) => peers.client.value(method, options));
      assert.deepEqual(
        await Promise.all(answers),
        calls.map(([, , value]) => value),
      );
    });

    it("blobs of 40 KB", async () => {
      const blobs = Array.from({ length: 4 }, () => peers.client.value("blob", { arg: "40960" }));
      assert.deepEqual(await Promise.all(blobs), Array<string>(4).fill("40960 bytes"));
    });

    if (framework.heartbeats) {
      it("heartbeats are answered, and the connection is kept", async () => {
        const { stage, client } = peers;
        const count = async () => (await statsOf(stage)).heartbeats ?? 0;
        const enough = (await count()) + 4;
        await until(async () => (await count()) >= enough, { timeout: 20_000, every: 100 });
        assert.equal(await client.value("echo"), "v1:x");
      });
    }

    framework.more?.(it, () => peers);

    it("nothing was lost, crossed or closed meanwhile", async () => {
      const { stage, client } = peers;
      const { tell = 0, ...answered } = Object.fromEntries(client.made);
      delete answered.chat; // streams are counted by themselves
      const calls = Object.values(answered).reduce((sum, count) => sum + count);
      const { connections = 1 } = framework;
      const stats = await until(
        async () => {
          const { requests, oneways, responses, error_replies, ...others } = await statsOf(stage);
          const isAnswered = responses! + error_replies! === calls;
          // Some frameworks send oneway calls as if they were to be answered.
          return isAnswered && requests! + oneways! === calls + tell ? others : null;
        },
        { what: `${calls} calls and ${tell} oneway ones in the statistics` },
      );
      assert.equal(stats.responses_unexpected, 0);
      assert.equal(stats.frames_dropped, 0);
      assert.ok(stats.connections! <= connections, `${stats.connections} connections`);
      assert.equal(stats.connections_active, stats.connections, "the client left none of them");
      for (const [stat, value] of Object.entries(stats)) {
        if (stat.startsWith("connections_closed.")) assert.equal(value, 0, stat);
      }
    });
  });
}

function statsOf({ envoy }: Stage): Promise<Record<string, number>> {
  return argotStats(envoy, LISTENER);
}

async function start(framework: Framework): Promise<Peers> {
  const { protocol, attachment = "user", onWire = (method: string) => method } = framework;
  const key = `attachment.${attachment}`;
  const onWireOf = (name: string) => (attachment ?? "").replace("user", name);
  const method = (name: string) => [{ key: "method", exact: onWire(name) }];
  // One after the other: the first of a framework may have to be built.
  const v1 = await Server.start(framework.server, "v1");
  const v2 = await Server.start(framework.server, "v2");
  const gray = { match: [{ key, exact: "gray" }], to: [{ subset: "v2" }] };
  const stage = await Stage.start(
    [
      {
        name: LISTENER,
        protocol,
        routeOn: ["service", "method", ...(attachment === null ? [] : [key])],
        lanes: "default",
        ...(changes(framework) && {
          attachments: { set: { [onWireOf("zone")]: "z1" }, remove: [onWireOf("secret")] },
        }),
        subsets: { v1: v1.port, v2: v2.port, dead: await freePort() },
        routes: [
          { match: method("refused"), refuse: { status: 403, message: REFUSAL } },
          { match: method("dead"), to: [{ subset: "dead" }] },
          { match: method("other"), to: [{ subset: "v2" }] },
          ...(attachment === null ? [] : [gray]),
          { to: [{ subset: "v1" }] },
        ],
      },
    ],
    1,
  );
  const client = await Client.start(framework.client, stage.port(LISTENER));
  return { stage, v1, v2, client };
}

/** Has the protocol attachments, and room for further ones? */
function changes({ protocol, attachment, changes = true }: Framework): boolean {
  return changes && attachment !== null && factsOf(protocol).changesAttachments;
}

/** An error without what differs from call to call: ports, times, process ids. */
function plain({ error, message }: Outcome): { error?: string; message?: string } {
  return { error: error!, message: message!.replaceAll(/\d+/g, "N") };
}
