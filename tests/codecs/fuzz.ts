/**
 * Examines mutated frames of every codec by the million:
 * `npm run fuzz -- [--frames N] [--protocol P] [--seed S] [--frame I] [--workers W]`.
 *
 * The frames are shared out evenly over the protocols. What was found before (tests/codecs/corpus)
 * is tried first. A finding is printed as a line for the corpus, with the command that repeats it.
 * The last line is `N passed, N failed`: one test a protocol; the exit code is 1 if any failed.
 */
import { type ChildProcess, fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { keptOf, Target } from "./fuzz/target.js";
import type { Report, Task } from "./fuzz/worker.js";
import { protocols } from "./protocols.js";

/** Frames that a worker examines between two reports. */
const TASK = 50_000;

const { values } = parseArgs({
  options: {
    frames: { type: "string", default: "1000000" },
    protocol: { type: "string" },
    seed: { type: "string" },
    frame: { type: "string" },
    workers: { type: "string", default: String(availableParallelism()) },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const chosen = protocols.filter(({ name }) => name === (values.protocol ?? name));
const frames = Math.ceil(Number(values.frames) / chosen.length);
if (!(frames > 0 && Number(values.workers) > 0 && Number.isInteger(seed))) {
  console.error(`protocols: ${protocols.map(({ name }) => name).join(", ")}; numbers are above 0`);
  process.exit(2);
}

const started = Date.now();
const failed = new Set<string>();
const sums = new Map(
  chosen.map(({ name }) => [name, { refused: 0, incomplete: 0, head: 0, read: 0, equal: 0 }]),
);

for (const protocol of chosen) {
  const target = new Target(protocol, seed);
  for (const kept of keptOf(protocol.name)) {
    const problem = target.tryKept(kept);
    if (problem !== undefined)
      fail(protocol.name, `found again: ${problem}\n${JSON.stringify(kept)}`);
  }
}

const only = values.frame === undefined ? undefined : Number(values.frame);
const tasks: Task[] = chosen.flatMap(({ name }) =>
  only === undefined
    ? Array.from({ length: Math.ceil(frames / TASK) }, (_, i) => ({
        protocol: name,
        first: i * TASK,
        end: Math.min((i + 1) * TASK, frames),
      }))
    : [{ protocol: name, first: only, end: only + 1 }],
);
console.log(`seed ${seed}: ${frames} frames for each of ${chosen.length} codecs`);
await Promise.all(Array.from({ length: Number(values.workers) }, work));

const seconds = (Date.now() - started) / 1000;
for (const [name, sum] of sums) console.log(`${name.padEnd(12)} ${JSON.stringify(sum)}`);
console.log(`${(chosen.length * frames).toLocaleString("en")} frames in ${seconds.toFixed(0)} s`);
console.log(`${chosen.length - failed.size} passed, ${failed.size} failed`);
process.exitCode = failed.size === 0 ? 0 : 1;

/** Gives a child one task after the other. */
async function work(): Promise<void> {
  const child = fork(new URL("./fuzz/worker.ts", import.meta.url), [String(seed)]);
  for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
    if (failed.has(task.protocol)) continue;
    child.send(task);
    add(await answerOf(child));
  }
  child.disconnect();
}

function answerOf(child: ChildProcess): Promise<Report> {
  return new Promise((resolve, reject) => {
    const died = (code: number | null): void => reject(new Error(`a worker ended with ${code}`));
    child.once("exit", died);
    child.once("message", (report: Report) => {
      child.off("exit", died);
      resolve(report);
    });
  });
}

function add({ protocol, seen, found }: Report): void {
  const sum = sums.get(protocol)!;
  for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += seen[key];
  for (const { index, kept } of found) {
    const again = `npm run fuzz -- --protocol ${protocol} --seed ${seed} --frame ${index}`;
    fail(
      protocol,
      `${kept.about}\nrepeat it by: ${again}\nfor the corpus: ${JSON.stringify(kept)}`,
    );
  }
}

function fail(protocol: string, what: string): void {
  failed.add(protocol);
  console.error(`${protocol}: ${what}`);
}
