/**
 * `npm run soak`: full load for minutes, while routes, weights, endpoints and clusters change
 * every second. Every answer is checked; nothing may be lost, and no memory may grow.
 */
import { Command } from "commander";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildAll } from "../../scripts/build/build.js";
import { note, paint, print, printJson, Progress } from "../../scripts/cli/output.js";
import { distDir, packageRoot } from "../../scripts/cli/paths.js";
import { runCommand } from "../../scripts/cli/run.js";
import { findEnvoy } from "../../scripts/envoy/find.js";
import { startEnvoy, type RunningEnvoy } from "../../scripts/protocol/run.js";
import { toPositive } from "../bench/setup.js";
import { argotStats } from "../e2e/support/stats.js";
import { until } from "../support/wait.js";
import { Caller } from "./caller.js";
import { KINDS } from "./changes.js";
import { look, type Memory } from "./memory.js";
import { claims, summary, type Outcome } from "./outcome.js";
import { Servers } from "./servers.js";
import { Tally } from "./tally.js";
import { MAX_AGE_SECONDS, NAME, World } from "./world.js";

const TAGS = Array.from({ length: 8 }, (_, i) => `s${i}`);
/** Milliseconds beyond `MAX_AGE_SECONDS` until a change is followed: the filter's clock, a busy machine. */
const SLACK = 1_000;
/** Milliseconds from one change to the next. */
const EVERY = 1_000;

interface Options {
  minutes: number;
  seed: number;
  connections: number;
  depth: number;
  workers: number;
  spread: number;
  bound: number;
  wasm?: string;
  json?: boolean;
}

async function main(options: Options): Promise<void> {
  const wasm = options.wasm ?? join(distDir, "argot.wasm");
  if (options.wasm === undefined) await buildAll(packageRoot, { only: ["argot.wasm"] });
  const servers = await Servers.start(TAGS);
  try {
    const world = new World(servers.ports, options);
    const envoy = await startEnvoy({
      ...{ model: world.model, wasm, concurrency: options.workers, freePorts: true },
      envoy: (await findEnvoy()).path,
    });
    try {
      tell(await soak(world, envoy, servers, options), options);
    } finally {
      await envoy.stop();
    }
  } finally {
    await servers.stop();
  }
}

async function soak(
  world: World,
  envoy: RunningEnvoy,
  servers: Servers,
  { seed, connections, depth, minutes, bound }: Options,
): Promise<Outcome> {
  const { made, history } = world;
  const tally = new Tally();
  const port = [...envoy.ports.values()][0]!;
  const limit = MAX_AGE_SECONDS * 1_000 + SLACK;
  const common = { port, depth, history, limit, tally };
  const callers = await Promise.all(
    Array.from({ length: connections }, (_, connection) =>
      Caller.start({ ...common, connection, seed: seed + connection }),
    ),
  );
  const begin = performance.now();
  const samples = await drive(world, envoy, tally, minutes);
  await Promise.all(callers.map((caller) => caller.finish()));
  const seconds = (performance.now() - begin) / 1000;
  const after = await aftermath(envoy, servers, tally);
  return { seconds, tally, made, samples, limit, bound, ...after };
}

/** Makes changes and samples Envoy's memory until the time is over. */
async function drive(
  world: World,
  envoy: RunningEnvoy,
  tally: Tally,
  minutes: number,
): Promise<Memory[]> {
  const progress = new Progress(`soak for ${minutes} minutes`);
  const samples: Memory[] = [];
  const begin = performance.now();
  const end = begin + minutes * 60_000;
  let told = begin;
  for (let turn = begin; turn < end; turn = Math.max(turn + EVERY, performance.now())) {
    await sleep(Math.max(0, turn - performance.now()));
    await world.change(envoy);
    const memory = await look(envoy);
    samples.push(memory);
    const line = summary(tally, memory, (performance.now() - begin) / 1000);
    progress.update(line);
    if (process.stderr.isTTY || performance.now() < told + 60_000) continue;
    told = performance.now();
    note(`  ${line}`);
  }
  progress.end(`${tally.answered.toLocaleString("en")} calls`);
  return samples;
}

/** What the servers and the filter say when all calls are answered. */
async function aftermath(
  envoy: RunningEnvoy,
  servers: Servers,
  tally: Tally,
): Promise<Pick<Outcome, "arrived" | "stats">> {
  const quiet = async () => {
    const { lanes_active, connections_active } = await argotStats(envoy, NAME);
    const { oneways, open } = await servers.look();
    return lanes_active === 0 && connections_active === 0 && open === 0 && oneways >= tally.oneways;
  };
  await until(quiet, { timeout: 15_000, every: 100 }).catch(() => undefined); // told by claims
  return { arrived: await servers.look(), stats: await argotStats(envoy, NAME) };
}

function tell(outcome: Outcome, { json, seed }: Options): void {
  const all = claims(outcome);
  const failed = all.filter(({ holds }) => !holds).length;
  process.exitCode = failed === 0 ? 0 : 1;
  if (json) {
    const { tally, samples, ...rest } = outcome;
    const { times, ...counts } = tally;
    const [p50, p99, max] = [0.5, 0.99, 1].map((q) => times.quantile(q) / 1e6);
    printJson({ seed, ...rest, ...counts, milliseconds: { p50, p99, max }, samples, claims: all });
    return;
  }
  for (const { what, holds } of all) {
    print(`${holds ? paint("green", "✔") : paint("red", "✖")} ${what}`);
  }
  for (const complaint of outcome.tally.complaints) print(`  ${complaint}`);
  if (failed > 0) print(`repeat it by --seed ${seed}`);
  print(`${all.length - failed} passed, ${failed} failed`);
}

const program = new Command("npm run soak --")
  .description(
    `Calls of all sizes on several connections, while ${KINDS.join(", ")} change every second.\n` +
      "Every answer is checked. Exit status 1 if a call was lost, wrong or late, or memory grew.",
  )
  .option("--minutes <n>", "how long", toPositive, 10)
  .option("--seed <n>", "of the changes and the calls", toPositive, (Date.now() % 1_000_000) + 1)
  .option("--connections <n>", "client connections", toPositive, 8)
  .option("--depth <n>", "calls in flight on each", toPositive, 32)
  .option("--workers <n>", "worker threads of Envoy", toPositive, 2)
  .option("--spread <n>", "lanes that share the calls of a key", toPositive, 2)
  .option("--bound <MiB>", "most growth of Envoy's memory", toPositive, 16)
  .option("--wasm <file>", "load this module instead of dist/argot.wasm")
  .option("--json", "print the result as JSON, and nothing else")
  .action(main);

await runCommand(program);
