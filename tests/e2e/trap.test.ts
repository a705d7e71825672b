/** What a bug in the filter costs: a trap, provoked in the debug build, and how Envoy recovers. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { distDir } from "../../scripts/cli/paths.js";
import { DubboClient } from "../support/dubbo.js";
import { until } from "../support/wait.js";
import { HoldingServer } from "./support/holding.js";
import { Stage } from "./support/stage.js";

const TRAP = "argot:trap";
const MODULE = join(distDir, "argot.debug.wasm");
/** Envoy's name for the runtime, in its statistics. */
const V8 = "wasm.envoy.wasm.runtime.v8";
const HIT = 0;
const OTHER = 1;

let holding: HoldingServer;
let stage: Stage;

before(async () => {
  holding = await HoldingServer.start("v1");
  const subsets = { v1: holding.port };
  stage = await Stage.start(
    [
      { name: "first", subsets },
      { name: "second", subsets },
      { name: "third", mode: "connection", subsets },
    ],
    2,
    MODULE,
  );
});

after(async () => {
  await stage?.stop();
  await holding.close();
});

async function stat(name: string): Promise<number> {
  const escaped = name.replaceAll(".", "\\.");
  const text = await stage.envoy.admin(`/stats?filter=${encodeURIComponent(`^${escaped}$`)}`);
  return Number(text.split(": ")[1] ?? 0);
}

/** What became of the reloads of a listener's filter. */
async function reloads(name: string, what: "success" | "backoff" | "failure"): Promise<number> {
  const [listener] = [...stage.envoy.ports.keys()].filter((key) => key.startsWith(`${name}-`));
  return stat(`wasm.${listener}.vm_reload_${what}`);
}

/** How many connections each worker has accepted. */
async function accepted(): Promise<number[]> {
  const text = await stage.envoy.admin("/stats?filter=worker_[01]\\.downstream_cx_total");
  const counts = [0, 0];
  for (const [, worker, n] of text.matchAll(/^listener\.127.*worker_(\d).*: (\d+)$/gm)) {
    counts[Number(worker)]! += Number(n);
  }
  return counts;
}

/** A connection to the listener `name` that a certain worker has. */
async function connectOn(worker: number, name: string): Promise<DubboClient> {
  for (;;) {
    const before = await accepted();
    const client = await DubboClient.connect(stage.port(name));
    let now = before;
    await until(async () => (now = await accepted()).join() !== before.join());
    if (now[worker] !== before[worker]) return client;
    client.close();
  }
}

async function works(client: DubboClient): Promise<void> {
  assert.equal((await client.call({ args: ["x"] })).value, "v1:x");
}

async function provoke(client: DubboClient): Promise<void> {
  client.send(Buffer.from(TRAP));
  await until(() => client.closed, { what: "end of the connection that trapped" });
}

/** Waits until the worker that was hit serves `name` again. */
async function recovered(name: string): Promise<DubboClient> {
  return until(
    async () => {
      const client = await connectOn(HIT, name);
      const { value } = await client.call();
      return value === "v1:" ? client : undefined;
    },
    { what: `new connection to ${name} that works` },
  );
}

test("only the debug build can be made to trap", () => {
  const marker = Buffer.from(TRAP, "utf16le");
  assert.ok(readFileSync(MODULE).includes(marker));
  const release = readFileSync(join(distDir, "argot.wasm"));
  for (const text of [marker, Buffer.from(TRAP)]) assert.ok(!release.includes(text));
});

test("a trap costs one worker its connections; new ones work after a reload", async () => {
  const names = ["first", "second", "third"];
  const other = await connectOn(OTHER, "first");
  const hit: DubboClient[] = [];
  for (const name of names) hit.push(await connectOn(HIT, name));
  const trapping = await connectOn(HIT, "first");
  const idle = await connectOn(HIT, "first");
  for (const client of [other, ...hit, trapping, idle]) await works(client);
  const machines = await stat(`${V8}.created`);

  const { answered } = await holding.hold(other, 3);
  const lost = hit.map((client) => client.call({ method: "held" }));
  for (const call of lost) call.catch(() => undefined); // looked at below
  await until(() => holding.held === 3 + lost.length, { what: "held calls" });

  await provoke(trapping);
  assert.ok(!idle.closed, "the others stay open until there are bytes for them");
  await answered();
  for (const call of lost) await assert.rejects(call, /closed before the reply/);
  await assert.rejects(works(idle), /closed before the reply/);

  for (const name of names) {
    (await recovered(name)).close();
    assert.equal(await reloads(name, "success"), 1, name);
    assert.equal(await reloads(name, "failure"), 0, name);
  }
  assert.equal(await stat(`${V8}.created`), machines + 1, "the listeners share the new machine");
  await works(other);
  other.close();
});

test("traps in quick succession: new connections are closed until the backoff is over", async () => {
  const other = await connectOn(OTHER, "first");
  await works(other);
  const before = await reloads("first", "backoff");
  await until(async () => {
    await provoke(await recovered("first"));
    const refused = await connectOn(HIT, "first");
    await until(() => refused.closed, { what: "end of a connection without a filter" });
    return (await reloads("first", "backoff")) > before;
  });
  (await recovered("first")).close();
  await works(other);
  other.close();
});
