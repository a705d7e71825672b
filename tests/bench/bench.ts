/** `npm run bench`: requests per second and latencies, Argot beside Envoy's own proxies. */
import { cpus } from "node:os";
import { Command, InvalidArgumentError, Option } from "commander";
import { UserError } from "../../scripts/cli/error.js";
import { note, paint, print, Progress, printJson } from "../../scripts/cli/output.js";
import { runCommand } from "../../scripts/cli/run.js";
import { markdown } from "./markdown.js";
import { measure, type Plan, type Result, type Shape } from "./measure.js";
import { PATHS, type Path } from "./paths.js";
import { toPositive, withSetup, type Setup } from "./setup.js";
import { table } from "./table.js";

interface Options {
  quick?: boolean;
  json?: boolean;
  markdown?: boolean;
  only?: Path[];
  rounds?: number;
  seconds?: number;
  generator?: "go" | "node";
  wasm?: string;
}

const QUICK: Shape[] = [
  { depth: 1, connections: 1, payload: 128 },
  { depth: 32, connections: 4, payload: 128 },
];

function fullShapes(): Shape[] {
  const shapes: Shape[] = [];
  for (const payload of [128, 1024, 16384]) {
    for (const connections of [1, 4]) {
      for (const depth of [1, 8, 32, 128]) shapes.push({ depth, connections, payload });
    }
  }
  return shapes;
}

async function bench(options: Options): Promise<void> {
  const shapes = options.quick ? QUICK : fullShapes();
  const plan: Plan = {
    paths: options.only ?? PATHS,
    rounds: options.rounds ?? (options.quick ? 5 : 3),
    seconds: options.seconds ?? (options.quick ? 0.35 : 1),
    warmup: options.quick ? 0.1 : 0.2,
  };
  const { generator, wasm } = options;
  const tables = !options.json && !options.markdown;
  const { results, meta } = await withSetup(
    { paths: plan.paths, generator, wasm },
    async (setup) => {
      const results = await measureAll(setup, plan, shapes, tables);
      const { generator, envoyVersion } = setup;
      return {
        results,
        meta: { envoy: envoyVersion, generator: generator.kind, cpus: cpus().length, plan },
      };
    },
  );
  if (options.json) printJson({ results, meta });
  else if (options.markdown) print(markdown(results));
  else print(`Envoy ${meta.envoy}, 1 worker; generator: ${meta.generator}; ${meta.cpus} CPUs`);
  complain(results);
}

async function measureAll(
  setup: Setup,
  plan: Plan,
  shapes: Shape[],
  tables: boolean,
): Promise<Result[]> {
  const results: Result[] = [];
  const each = plan.paths.length * plan.rounds * (plan.seconds + plan.warmup + 0.02);
  const progress = new Progress(`measuring, about ${duration(each * shapes.length)}`);
  for (const [index, shape] of shapes.entries()) {
    progress.update(`${duration(each * (shapes.length - index))} left`);
    const peers = await measure(setup, plan, shape);
    results.push(...peers);
    if (tables) print(`${process.stderr.isTTY ? "\r\x1b[2K" : ""}${table(peers)}`);
  }
  progress.end("done");
  return results;
}

/** Says what went wrong; a path that answered nothing is a failure of the benchmark. */
function complain(results: Result[]): void {
  for (const { path, error, errors, payload, connections, depth } of results) {
    if (errors === 0) continue;
    const where = `${path}, ${payload} B, ${connections} × ${depth}`;
    note(`${paint("yellow", where, process.stderr)}: ${errors} errors, the first: ${error}`);
  }
  const dead = results.find(({ rps }) => rps === 0);
  if (dead) throw new UserError(`${dead.path} answered no request`);
}

function duration(seconds: number): string {
  return seconds < 100 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}

function toPaths(text: string): Path[] {
  const names = text.split(",");
  const wrong = names.find((name) => !PATHS.includes(name as Path));
  if (wrong !== undefined) {
    throw new InvalidArgumentError(`${wrong} is no path; there are ${PATHS.join(", ")}.`);
  }
  return PATHS.filter((path) => names.includes(path));
}

const program = new Command("npm run bench --")
  .description(
    "Measure Argot beside Envoy's own proxies, all in one Envoy with one worker: requests per\n" +
      "second, latencies, and Envoy's CPU time for a request.",
  )
  .option("--quick", "two loads only, within 40 s: 1 × 1 and 4 × 32 requests of 128 B in flight")
  .option("--json", "print the results as JSON, and nothing else")
  .option("--markdown", "print the tables of docs/performance.md, and nothing else")
  .option("--only <paths>", `measure these, separated by commas (${PATHS.join(", ")})`, toPaths)
  .option("--seconds <n>", "length of each measurement (default: 1, quick: 0.35)", toPositive)
  .option("--rounds <n>", "measurements of each path and load (default: 3, quick: 5)", toPositive)
  .addOption(new Option("--generator <kind>", "load generator").choices(["go", "node"]))
  .option("--wasm <file>", "measure this module instead of dist/argot.wasm")
  .action(bench);

await runCommand(program);
