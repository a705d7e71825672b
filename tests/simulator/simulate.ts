/**
 * Simulates lives of client connections, many at once, and looks whether each goes as it must:
 * `npm run simulate -- [--count N] [--seed S] [--workers W] [--crowd C] [--json]`.
 *
 * The cases in cases.json are tried first. The last line is `N passed, N failed`; the exit code is
 * 1 if a case fails again or a crowd fails.
 */
import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { tryKept } from "./kept.js";
import type { Report, Task } from "./worker.js";

/** Lives a crowd: few enough to be run again when one fails. */
export const CROWD = 500;
const { values } = parseArgs({
  options: {
    count: { type: "string", default: "1000000" },
    seed: { type: "string" },
    workers: { type: "string", default: String(availableParallelism()) },
    crowd: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32)) >>> 0;
const only = values.crowd === undefined ? null : Number(values.crowd);
const crowds = only === null ? Math.ceil(Number(values.count) / CROWD) : only + 1;
const workers = only === null ? Math.min(Number(values.workers), crowds) : 1;
if (!(crowds > 0 && workers > 0)) {
  console.error("simulate: --count, --workers and --crowd are whole numbers above 0");
  process.exit(2);
}
const say = (line: string): void => console.log(line);
const note = (line: string): void => {
  if (!values.json) say(line);
};

const started = Date.now();
const sum: Record<string, number> = {};
let [passed, failed] = [0, 0];
const fail = (what: string): void => {
  failed++;
  console.error(what);
};

for (const problem of tryKept()) fail(problem);
note(`seed ${seed}: ${crowds} crowds of ${CROWD} lives on ${workers} workers`);
await Promise.all(Array.from({ length: workers }, (_, i) => work(i)));
if (!values.json) summarise();
else say(JSON.stringify({ seed, workers, seconds: seconds(), passed, failed, ...sum }));
say(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** One worker's share: as many crowds as the others have, each a different one. */
function work(index: number): Promise<void> {
  const task: Task = { seed, first: only ?? index, step: workers, end: crowds, size: CROWD };
  const child = fork(new URL("./worker.ts", import.meta.url));
  child.on("message", (report: Report) => add(report));
  child.send(task);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      if (code !== 0) fail(`worker ${index} ended with ${signal ?? String(code)}`);
      resolve();
    });
  });
}

function add({ crowd, failure, memory, ...counts }: Report): void {
  if (failure === undefined) passed += counts.lives;
  else {
    passed += counts.lives - 1;
    fail(
      `crowd ${crowd}: ${failure.message}\n` +
        `repeat it by: npm run simulate -- --seed ${seed} --crowd ${crowd}\n` +
        (failure.smallest === null
          ? "(not on a fresh VM: it needs the crowds before it)"
          : `for cases.json: ${JSON.stringify({ about: failure.message, ...failure.smallest })}`),
    );
  }
  for (const [what, n] of Object.entries(counts)) sum[what] = (sum[what] ?? 0) + n;
  sum.memory = Math.max(sum.memory ?? 0, memory);
  const before = passed - counts.lives;
  if (Math.floor(passed / 100_000) > Math.floor(before / 100_000)) {
    note(`${passed} lives, ${Math.round(passed / seconds())} a second`);
  }
}

function seconds(): number {
  return (Date.now() - started) / 1000;
}

function summarise(): void {
  const text = Object.entries(sum).map(([what, n]) => `${n} ${what}`);
  say(`${text.join(", ")}; ${seconds()} s`);
}
