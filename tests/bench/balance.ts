/** `npm run bench:balance`: five servers, one ten times slower. How well are requests dealt? */
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { buildAll } from "../../scripts/build/build.js";
import { UserError } from "../../scripts/cli/error.js";
import { note, paint, print, Progress, printJson } from "../../scripts/cli/output.js";
import { distDir, packageRoot } from "../../scripts/cli/paths.js";
import { runCommand } from "../../scripts/cli/run.js";
import type { LaneLimits } from "../../scripts/protocol/model.js";
import { Envoy } from "../support/envoy.js";
import { freePort } from "../support/ports.js";
import type { Command as Clients, Load } from "./balance/clients.js";
import {
  isLate,
  measure,
  measureDirect,
  type Direct,
  type Peers,
  type Plan,
  type Result,
} from "./balance/measure.js";
import { bootstrap, PATHS, type Path } from "./balance/paths.js";
import { Helper } from "./balance/process.js";
import type { Ports, Command as Servers } from "./balance/servers.js";
import { MODELS, type Model } from "./balance/station.js";
import { directLine, table, title } from "./balance/table.js";
import { toPositive } from "./setup.js";

interface Options {
  json?: boolean;
  only?: string[];
  model?: Model;
  seconds: number;
  rounds: number;
  settings?: LaneLimits;
  wasm?: string;
}

const LOADS: Load[] = [
  { connections: 8, depth: 8 },
  { connections: 8, depth: 1 },
  { connections: 1, depth: 32 },
  { connections: 8, rate: 500 }, // half of what the queues can do
];

async function balance(options: Options): Promise<void> {
  const { json, only, seconds, rounds, settings, wasm } = options;
  if (wasm === undefined) await buildAll(packageRoot, { only: ["argot.wasm"] });
  const known = PATHS.filter(({ name }) => only?.includes(name) ?? true);
  const all = [...known, ...(settings ? [{ name: "settings", lanes: settings }] : [])];
  const paths: Path[] = [];
  for (const path of all) paths.push({ ...path, port: await freePort() });
  const plan: Plan = { rounds, seconds, warmup: 0.6 };
  const models = options.model ? [options.model] : MODELS;
  const found = await withPeers(paths, wasm ?? join(distDir, "argot.wasm"), (peers, ports) =>
    measureAll(peers, ports, { paths, models, plan, tables: !json }),
  );
  if (json) printJson({ ...found, plan });
  for (const { path, errors, error } of found.results) {
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

interface Task {
  paths: Path[];
  models: readonly Model[];
  plan: Plan;
  /** Print them as they come. */
  tables: boolean;
}

async function measureAll(
  peers: Peers,
  ports: Ports,
  { paths, models, plan, tables }: Task,
): Promise<{ direct: Direct[]; results: Result[] }> {
  const direct: Direct[] = [];
  const results: Result[] = [];
  const turns = models.length * LOADS.length * paths.length * plan.rounds;
  const minutes = Math.ceil((turns * (plan.seconds + plan.warmup + 0.2)) / 60);
  const progress = new Progress(`measuring, about ${minutes} min`);
  for (const model of models) {
    const straight = await measureDirect(peers, ports, model);
    direct.push(...straight);
    if (tables) print(`${paint("bold", model)}\n${straight.map(directLine).join("\n")}\n`);
    if (straight.some(isLate)) note("The machine is busy: answers come late without Envoy, too.");
    for (const load of LOADS) {
      progress.update(`${model}, ${title(load)}`);
      const peersOfLoad = await measure(peers, paths, model, load, plan);
      results.push(...peersOfLoad);
      if (tables) print(table(load, peersOfLoad));
    }
  }
  progress.end("done");
  return { direct, results };
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
  .addOption(new Option("--model <model>", "measure this one").choices(MODELS))
  .option("--settings <json>", "measure lanes with these settings, too", toSettings)
  .option("--seconds <n>", "length of each measurement", toPositive, 1.5)
  .option("--rounds <n>", "measurements of each path and load", toPositive, 5)
  .option("--wasm <file>", "measure this module instead of dist/argot.wasm")
  .action(balance);

await runCommand(program);
