/** `npm run bench:memory`: does Envoy's memory stay flat over many requests and connections? */
import { Command, Option } from "commander";
import { UserError } from "../../scripts/cli/error.js";
import { print, Progress, printJson } from "../../scripts/cli/output.js";
import { runCommand } from "../../scripts/cli/run.js";
import { until } from "../support/wait.js";
import type { LoadResult } from "./generator.js";
import { heldLine, holdAll } from "./held.js";
import { toPositive, withSetup, type Setup } from "./setup.js";
import { residentBytes } from "./usage.js";

const MIB = 1 << 20;
/** Most bytes of module memory that an idle connection may take. */
const MOST_EACH = 4096;

/** Envoy's memory, in bytes. */
interface Memory {
  /** Of the process, Wasm memory and V8's heap included. */
  resident: number;
  /** What Envoy itself has allocated and not freed; V8's memory is not in it. */
  allocated: number;
}

interface Phase {
  path: "lanes" | "connection";
  kind: "requests" | "connections";
  /** How many, without the warm-up, and how fast. */
  count: number;
  perSecond: number;
  /** After the warm-up, in the middle and at the end; no client is connected then. */
  start: Memory;
  middle: Memory;
  end: Memory;
}

interface Options {
  requests: number;
  connections: number;
  bound: number;
  held: number;
  json?: boolean;
  generator?: "go" | "node";
  wasm?: string;
}

async function main(options: Options): Promise<void> {
  const { generator, wasm } = options;
  const phases = await withSetup({ paths: ["lanes", "connection"], generator, wasm }, (setup) =>
    allPhases(setup, options),
  );
  const held = await holdAll(options.held, { generator, wasm });
  const grown = phases.filter(({ start, end }) => growth(start, end) > options.bound * MIB);
  if (options.json) printJson({ phases, held, boundMiB: options.bound, flat: grown.length === 0 });
  else for (const text of [...phases.map(line), ...held.map(heldLine)]) print(text);
  const dear = held.filter(({ bytesEach }) => bytesEach > MOST_EACH);
  if (dear.length > 0) {
    throw new UserError(`an idle connection takes more than ${MOST_EACH} bytes of module memory`);
  }
  if (grown.length > 0) {
    const which = grown.map(({ path, kind }) => `${path} (${kind})`).join(", ");
    throw new UserError(`memory grew by more than ${options.bound} MiB: ${which}`);
  }
  if (!options.json) print(`flat: no phase grew by more than ${options.bound} MiB`);
}

async function allPhases(setup: Setup, options: Options): Promise<Phase[]> {
  const phases: Phase[] = [];
  for (const path of ["lanes", "connection"] as const) {
    for (const kind of ["requests", "connections"] as const) {
      phases.push(await phase(setup, path, kind, options[kind]));
    }
  }
  return phases;
}

/** A tenth as warm-up, then two halves with a look at the memory around each. */
async function phase(
  setup: Setup,
  path: Phase["path"],
  kind: Phase["kind"],
  count: number,
): Promise<Phase> {
  const progress = new Progress(`${path}: ${count.toLocaleString("en")} ${kind}`);
  const half = Math.ceil(count / 2);
  let seconds = 0;
  const drive = async (what: string, n: number): Promise<Memory> => {
    const result = await load(setup, path, kind, n, (done) =>
      progress.update(`${what} ${Math.floor((100 * done) / n)} %`),
    );
    if (result.errors > 0) throw new UserError(`${path}: ${result.errors} errors: ${result.error}`);
    seconds += what === "warm-up" ? 0 : result.seconds;
    return settled(setup);
  };
  const start = await drive("warm-up", Math.ceil(count / 10));
  const middle = await drive("first half", half);
  const end = await drive("second half", half);
  progress.end(`${mib(growth(start, end))} MiB more`);
  return {
    path,
    kind,
    count: 2 * half,
    perSecond: Math.round((2 * half) / seconds),
    start,
    middle,
    end,
  };
}

function load(
  { generator, ports }: Setup,
  path: Phase["path"],
  kind: Phase["kind"],
  n: number,
  onProgress: (done: number) => void,
): Promise<LoadResult> {
  const port = ports[path]!;
  return kind === "requests"
    ? generator.run(port, { connections: 4, depth: 32, requests: n }, onProgress)
    : generator.churn(port, { connections: n }, onProgress);
}

/** Envoy's memory when all connections, down and up, are gone. */
async function settled({ envoy }: Setup): Promise<Memory> {
  const open = /^(listener\.127.*downstream|cluster\..*upstream)_cx_active$/;
  await until(
    async () => {
      const stats = await envoy.stats("cx_active$");
      return [...stats].every(([name, value]) => !open.test(name) || value === 0);
    },
    { what: "end of all connections", timeout: 20_000 },
  );
  const { allocated } = JSON.parse(await envoy.admin("/memory")) as { allocated: string };
  return { resident: residentBytes(envoy.pid), allocated: Number(allocated) };
}

const growth = (from: Memory, to: Memory): number =>
  Math.max(to.resident - from.resident, to.allocated - from.allocated);

const mib = (bytes: number): string => (bytes / MIB).toFixed(1);

function line({ path, kind, count, perSecond, start, middle, end }: Phase): string {
  const row = (of: keyof Memory): string =>
    [start, middle, end].map((memory) => mib(memory[of])).join(" → ");
  return (
    `${path}, ${count.toLocaleString("en")} ${kind} (${perSecond.toLocaleString("en")} a second): ` +
    `resident ${row("resident")} MiB, allocated ${row("allocated")} MiB`
  );
}

const program = new Command("npm run bench:memory --")
  .description(
    "Drive requests and connections (connect, one call, close) through mode lanes and mode\n" +
      "connection, and look at Envoy's memory after a warm-up, in the middle and at the end.\n" +
      "Then hold many connections on one worker, with their lanes open and with lanes closed\n" +
      "for idleness, and see what an idle one takes of the module's memory.\n" +
      "Exit status 1 if memory grew by more than the bound or an idle connection takes over 4 KiB.",
  )
  .option("--requests <n>", "requests on each path", toPositive, 10_000_000)
  .option("--connections <n>", "connections on each path", toPositive, 100_000)
  .option("--bound <MiB>", "most growth after the warm-up", toPositive, 8)
  .option("--held <n>", "connections held at a time", toPositive, 10_000)
  .option("--json", "print the result as JSON, and nothing else")
  .addOption(new Option("--generator <kind>", "load generator").choices(["go", "node"]))
  .option("--wasm <file>", "load this module instead of dist/argot.wasm")
  .action(main);

await runCommand(program);
