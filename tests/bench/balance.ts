/** `npm run bench:balance`: five servers, one ten times slower. How well are requests dealt? */
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { buildAll } from "../../scripts/build/build.js";
import { UserError } from "../../scripts/cli/error.js";
import { paint, print, Progress, printJson } from "../../scripts/cli/output.js";
import { distDir, packageRoot } from "../../scripts/cli/paths.js";
import { runCommand } from "../../scripts/cli/run.js";
import type { LaneLimits } from "../../scripts/protocol/model.js";
import { Envoy } from "../support/envoy.js";
import { freePort } from "../support/ports.js";
import type { Command as Clients } from "./balance/clients.js";
import { measure, once, type Load, type Peers, type Plan, type Result } from "./balance/measure.js";
import { bootstrap, PATHS, type Path } from "./balance/paths.js";
import { Helper } from "./balance/process.js";
import type { Ports, Command as Servers } from "./balance/servers.js";
import { MODELS, SERVICE_MS, TIMES_SLOWER, type Model } from "./balance/station.js";
import { now } from "./node/caller.js";
import { toPositive } from "./setup.js";

interface Options {
  json?: boolean;
  only?: string[];
  seconds: number;
  rounds: number;
  settings?: LaneLimits;
  wasm?: string;
}

const LOADS: Load[] = [
  { connections: 8, depth: 8 },
  { connections: 8, depth: 1 },
  { connections: 1, depth: 32 },
];

async function balance({ json, only, seconds, rounds, settings, wasm }: Options): Promise<void> {
  if (wasm === undefined) await buildAll(packageRoot, { only: ["argot.wasm"] });
  const plan: Plan = { rounds, seconds, warmup: 1 };
  const all = [...PATHS, ...(settings ? [{ name: "settings", lanes: settings }] : [])];
  const paths: Path[] = [];
  for (const path of all) {
    if (only && path.name !== "settings" && !only.includes(path.name)) continue;
    paths.push({ ...path, port: await freePort() });
  }
  const results = await withPeers(paths, wasm ?? join(distDir, "argot.wasm"), (peers, ports) =>
    measureAll(peers, ports, paths, plan, json !== true),
  );
  if (json) printJson({ results, plan, serviceMs: SERVICE_MS, timesSlower: TIMES_SLOWER });
  for (const { path, errors, error } of results) {
    if (errors > 0) throw new UserError(`${path}: ${errors} errors, the first: ${error}`);
  }
}

/** Starts all processes, does `work`, and leaves none behind. */
async function withPeers<T>(
  paths: Path[],
  wasm: string,
  work: (peers: Peers, ports: Ports) => Promise<T>,
): Promise<T> {
  const servers = new Helper<Servers>("servers.ts");
  const clients = new Helper<Clients>("clients.ts");
  try {
    const ports = await servers.ask<Ports>("ports");
    const envoy = await Envoy.start(bootstrap(paths, ports, wasm), { logLevel: "error" });
    try {
      return await work({ servers, clients, envoyPid: envoy.pid }, ports);
    } finally {
      await envoy.stop();
    }
  } finally {
    await Promise.all([servers.stop(), clients.stop()]);
  }
}

async function measureAll(
  peers: Peers,
  ports: Ports,
  paths: Path[],
  plan: Plan,
  tables: boolean,
): Promise<Result[]> {
  const results: Result[] = [];
  const turns = MODELS.length * LOADS.length * paths.length * plan.rounds;
  const minutes = Math.ceil((turns * (plan.seconds + plan.warmup + 0.3)) / 60);
  const progress = new Progress(`measuring, about ${minutes} min`);
  for (const model of MODELS) {
    const direct = await checkDirect(peers, ports, model);
    if (tables) print(`${paint("bold", model)}: ${direct}\n`);
    for (const load of LOADS) {
      progress.update(`${model}, ${load.connections} × ${load.depth}`);
      const peersOfLoad = await measure(peers, paths, model, load, plan);
      results.push(...peersOfLoad);
      if (tables) print(table(load, peersOfLoad));
    }
  }
  progress.end("done");
  return results;
}

/**
 * One request after the other, without Envoy: must take the servers' time.
 * @returns a line that says what it took
 */
async function checkDirect(peers: Peers, ports: Ports, model: Model): Promise<string> {
  const texts: string[] = [];
  for (const protocol of ["dubbo", "http"] as const) {
    for (const [i, expected] of [SERVICE_MS[model] * TIMES_SLOWER, SERVICE_MS[model]].entries()) {
      const port = ports[protocol][i]!;
      const from = now();
      const target = { protocol, port, connections: 1, depth: 1 };
      const { p50 } = await once(peers, model, target, { from, to: from + 1000 });
      if (p50 < expected || p50 > expected + 3) {
        const text = `a server answers after ${p50.toFixed(1)} ms instead of ${expected} ms`;
        throw new UserError(text, { remedy: "Measure while the machine has nothing else to do." });
      }
      texts.push(`${i === 0 ? `${protocol} ` : ""}${p50.toFixed(1)} ms`);
    }
  }
  const [slow, quick, httpSlow, httpQuick] = texts;
  return `straight from the slow and a quick server ${slow}, ${quick}; ${httpSlow}, ${httpQuick}`;
}

const COLUMNS: [title: string, width: number, cell: (result: Result) => string][] = [
  ["requests/s", 12, ({ rps }) => Math.round(rps).toLocaleString("en")],
  ["p50 ms", 9, ({ p50 }) => p50.toFixed(1)],
  ["p90 ms", 9, ({ p90 }) => p90.toFixed(1)],
  ["p99 ms", 9, ({ p99 }) => p99.toFixed(1)],
  ["max ms", 9, ({ max }) => max.toFixed(1)],
  ["worst client", 14, ({ worst }) => worst.toFixed(1)],
  ["slow %", 9, ({ shares }) => (shares[0] ?? 0).toFixed(1)],
  [
    "others %",
    23,
    ({ shares }) =>
      shares
        .slice(1)
        .map((share) => share.toFixed(1))
        .join(" "),
  ],
  ["CPU %", 7, ({ cpu }) => cpu?.toFixed(0) ?? ""],
];
const FIRST_WIDTH = 10;

function table({ connections, depth }: Load, results: Result[]): string {
  const head = COLUMNS.map(([title, width]) => title.padStart(width)).join("");
  const rows = results.map(
    (result) =>
      result.path.padEnd(FIRST_WIDTH) +
      COLUMNS.map(([, width, cell]) => cell(result).padStart(width)).join(""),
  );
  const title = `${connections} × ${depth} requests in flight`;
  return [
    title.padEnd(FIRST_WIDTH),
    paint("dim", " ".repeat(FIRST_WIDTH) + head),
    ...rows,
    "",
  ].join("\n");
}

function toPaths(text: string): string[] {
  const names = text.split(",");
  const known = PATHS.map(({ name }) => name);
  const wrong = names.find((name) => !known.includes(name));
  if (wrong === undefined) return names;
  throw new InvalidArgumentError(`${wrong} is no path; there are ${known.join(", ")}.`);
}

function toSettings(text: string): LaneLimits {
  try {
    return JSON.parse(text) as LaneLimits;
  } catch {
    throw new InvalidArgumentError('JSON is needed, e.g. {"spread":4}.');
  }
}

const program = new Command("npm run bench:balance --")
  .description(
    "Five servers, of which the first is ten times slower, behind one Envoy with one worker and\n" +
      "LEAST_REQUEST: by Envoy's own HTTP, and by lanes of several settings. Model parallel: each\n" +
      "request takes a server's time; queue: one after the other does. Medians of the rounds;\n" +
      "worst client: the mean latency of the client that fared worst; slow, others: the servers'\n" +
      "shares of the requests; CPU: of the process that used most.",
  )
  .option("--json", "print the results as JSON, and nothing else")
  .option("--only <paths>", `measure these (${PATHS.map(({ name }) => name).join(", ")})`, toPaths)
  .option("--settings <json>", "measure lanes with these settings, too", toSettings)
  .option("--seconds <n>", "length of each measurement", toPositive, 3)
  .option("--rounds <n>", "measurements of each path and load", toPositive, 3)
  .option("--wasm <file>", "measure this module instead of dist/argot.wasm")
  .action(balance);

await runCommand(program);
