/**
 * The load generator and echo peer for machines without a Go compiler. Commands, flags and output
 * are those of load/main.go; the connections of a load are shared out to worker threads.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { fileURLToPath } from "node:url";
import { now, run, type CallerPlan, type Tally } from "./caller.js";
import { serve } from "./echo.js";
import { Histogram } from "./histogram.js";

/** What a worker is told: this many connections, `parallel` at a time. */
interface Share {
  plan: CallerPlan;
  connections: number;
  parallel: number;
}

type Message = { answered: number } | { tally: Tally };

async function work({ plan, connections, parallel }: Share): Promise<void> {
  const port = parentPort!;
  let answered = 0;
  const report = setInterval(() => port.postMessage({ answered } satisfies Message), 100);
  let started = 0;
  const inTurn = async (): Promise<void> => {
    while (started++ < connections) {
      const tally = await run(plan, (n) => (answered += n));
      port.postMessage({ tally } satisfies Message);
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, connections) }, inTurn));
  clearInterval(report);
}

/** Deals the connections to as many workers as the machine has CPUs. */
async function all(share: Share, progress: boolean): Promise<{ tally: Tally; times: Histogram }> {
  const workers = Math.min(share.connections, availableParallelism());
  const times = new Histogram();
  const tally: Tally = { times: times.counts, answered: 0, errors: 0 };
  const answered = new Array<number>(workers).fill(0);
  const done = (): number => answered.reduce((sum, n) => sum + n, 0);
  const report = progress && setInterval(() => process.stderr.write(`${done()}\n`), 250);
  const deal = (n: number, i: number): number => Math.floor(n / workers) + +(i < n % workers);
  const runWorker = (i: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const part: Share = {
        ...share,
        connections: deal(share.connections, i),
        parallel: Math.max(1, deal(share.parallel, i)),
      };
      const worker = new Worker(fileURLToPath(import.meta.url), { workerData: part });
      worker.on("error", reject).on("exit", () => resolve());
      worker.on("message", (message: Message) => {
        if ("answered" in message) {
          answered[i] = message.answered;
          return;
        }
        times.add(new Histogram(message.tally.times));
        tally.answered += message.tally.answered;
        tally.errors += message.tally.errors;
        if (message.tally.error !== undefined) tally.error ??= message.tally.error;
      });
    });
  await Promise.all(Array.from({ length: workers }, (_, i) => runWorker(i)));
  if (report) clearInterval(report);
  return { tally, times };
}

async function main([command, ...args]: string[]): Promise<void> {
  if (command === "serve") {
    serve();
    return;
  }
  if (command !== "run" && command !== "churn") throw new Error(`unknown command ${command}`);
  // Go's flags have one dash.
  const { values } = parseArgs({
    args: args.map((arg) => (/^-[a-z]/.test(arg) ? `-${arg}` : arg)),
    options: {
      to: { type: "string" },
      connections: { type: "string", default: "1" },
      depth: { type: "string", default: "1" },
      payload: { type: "string", default: "128" },
      seconds: { type: "string", default: "1" },
      warmup: { type: "string", default: "0.2" },
      requests: { type: "string", default: "0" },
      parallel: { type: "string", default: "16" },
      progress: { type: "boolean", default: false },
    },
  });
  const [host = "", port] = values.to?.split(":") ?? [];
  const connections = Number(values.connections);
  const requests = Number(values.requests);
  const begin = now();
  const timed = command === "run" && requests === 0;
  const from = timed ? begin + STARTUP + 1000 * Number(values.warmup) : 0;
  const { tally, times } = await all(
    {
      plan: {
        host,
        port: Number(port),
        depth: command === "churn" ? 1 : Number(values.depth),
        payload: Number(values.payload),
        from,
        to: timed ? from + 1000 * Number(values.seconds) : Infinity,
        requests: requestsEach(command, requests, connections),
      },
      connections,
      parallel: command === "churn" ? Number(values.parallel) : connections,
    },
    values.progress,
  );
  const seconds = timed ? Number(values.seconds) : (now() - begin) / 1000;
  const total = times.total;
  process.stdout.write(
    `${JSON.stringify({
      requests: total,
      answered: tally.answered,
      errors: tally.errors,
      seconds,
      rps: total / seconds,
      p50us: times.quantile(0.5) / 1000,
      p99us: times.quantile(0.99) / 1000,
      ...(tally.error !== undefined && { error: tally.error }),
    })}\n`,
  );
}

/** Milliseconds that worker threads need to start; they are no part of the warm-up. */
const STARTUP = 150;

function requestsEach(command: string, requests: number, connections: number): number {
  if (command === "churn") return 1;
  return requests === 0 ? Infinity : Math.floor(requests / connections);
}

if (isMainThread) await main(process.argv.slice(2));
else await work(workerData as Share);
