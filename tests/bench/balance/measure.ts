/** Measures the paths in turns, each against the same servers. */
import { now } from "../node/caller.js";
import { median } from "../measure.js";
import { cpuMicroseconds } from "../usage.js";
import type { Command as Clients, Latencies, Load } from "./clients.js";
import type { Path } from "./paths.js";
import type { Helper } from "./process.js";
import type { Command as Servers, Ports } from "./servers.js";
import { SERVICE_MS, TIMES_SLOWER, type Model, type Window } from "./station.js";

/** Milliseconds and requests a second: medians of the rounds; errors: of all of them. */
export interface Result extends Load, Latencies {
  model: Model;
  path: string;
  /** The slow server's share of the requests, in percent. */
  slow: number;
  /** Those of the others, the largest first: which server has which differs from round to round. */
  others: number[];
  /** The most that one of the processes used of a CPU, in percent; only where the system tells. */
  cpu?: number;
}

export interface Plan {
  rounds: number;
  /** Of each measurement, without its warm-up. */
  seconds: number;
  warmup: number;
}

export interface Peers {
  servers: Helper<Servers>;
  clients: Helper<Clients>;
  envoyPid: number;
}

interface Sample extends Latencies {
  slow: number;
  others: number[];
  cpu: number | undefined;
}

/** One result for each path. */
export async function measure(
  peers: Peers,
  paths: Path[],
  model: Model,
  load: Load,
  { rounds, seconds, warmup }: Plan,
): Promise<Result[]> {
  const samples = new Map<Path, Sample[]>(paths.map((path) => [path, []]));
  for (let round = 0; round < rounds; round++) {
    // Every other round goes backwards: no path always runs after the same one.
    for (const path of round % 2 === 0 ? paths : [...paths].reverse()) {
      const from = now() + 1000 * warmup;
      const target = { ...load, port: path.port, protocol: path.lanes ? "dubbo" : "http" } as const;
      const sample = await once(peers, model, target, { from, to: from + 1000 * seconds });
      samples.get(path)?.push(sample);
    }
  }
  return paths.map((path) => summary(path.name, model, load, samples.get(path) ?? []));
}

/** A server without Envoy, asked one request after the other: plausible if it takes its time. */
export interface Direct {
  model: Model;
  protocol: "dubbo" | "http";
  /** What an answer should take, and what half of them took at most, in milliseconds. */
  serviceMs: number;
  p50: number;
}

/** The slow server and a quick one, by each protocol. */
export async function measureDirect(peers: Peers, ports: Ports, model: Model): Promise<Direct[]> {
  const results: Direct[] = [];
  for (const protocol of ["dubbo", "http"] as const) {
    for (const [i, serviceMs] of [SERVICE_MS[model] * TIMES_SLOWER, SERVICE_MS[model]].entries()) {
      const target = { protocol, port: ports[protocol][i] ?? 0, connections: 1, depth: 1 };
      const from = now();
      const { p50 } = await once(peers, model, target, { from, to: from + 1000 });
      results.push({ model, protocol, serviceMs, p50: rounded(p50) });
    }
  }
  return results;
}

/** Then other latencies are no better. */
export const isLate = ({ serviceMs, p50 }: Direct): boolean => p50 > 1.1 * serviceMs + 2;

/** What the clients see of a server (or a path) at `port` in one turn. */
export async function once(
  { servers, clients, envoyPid }: Peers,
  model: Model,
  target: Omit<Clients, keyof Window>,
  window: Window,
): Promise<Sample> {
  const processes = [envoyPid, servers.pid, clients.pid];
  await servers.ask({ begin: model, window });
  const begin = now();
  const before = processes.map(cpuMicroseconds);
  const latencies = await clients.ask<Latencies>({ ...target, ...window });
  const elapsed = 1000 * (now() - begin);
  const used = processes.map((pid, i) => (cpuMicroseconds(pid) ?? NaN) - (before[i] ?? NaN));
  const counts = await servers.ask<number[]>("counts");
  const total = counts.reduce((sum, count) => sum + count);
  const [slow = 0, ...others] = counts.map((count) => (100 * count) / Math.max(total, 1));
  const cpu = (100 * Math.max(...used)) / elapsed;
  return {
    ...latencies,
    slow,
    others: others.sort((a, b) => b - a),
    cpu: Number.isNaN(cpu) ? undefined : cpu,
  };
}

function summary(path: string, model: Model, load: Load, samples: Sample[]): Result {
  const middle = (of: (sample: Sample) => number): number => rounded(median(samples.map(of)));
  const error = samples.find(({ error }) => error !== undefined)?.error;
  const cpu = samples.flatMap(({ cpu }) => cpu ?? []);
  return {
    path,
    model,
    ...load,
    rps: middle(({ rps }) => rps),
    p50: middle(({ p50 }) => p50),
    p90: middle(({ p90 }) => p90),
    p99: middle(({ p99 }) => p99),
    max: middle(({ max }) => max),
    worst: middle(({ worst }) => worst),
    slow: middle(({ slow }) => slow),
    others: (samples[0]?.others ?? []).map((_, i) => middle(({ others }) => others[i] ?? 0)),
    errors: samples.reduce((sum, { errors }) => sum + errors, 0),
    ...(error !== undefined && { error }),
    ...(cpu.length > 0 && { cpu: rounded(median(cpu)) }),
  };
}

const rounded = (value: number): number => Math.round(value * 100) / 100;
