/** Measures paths in turns, so that what disturbs the machine disturbs all of them alike. */
import type { LoadResult } from "./generator.js";
import type { Path } from "./paths.js";
import type { Setup } from "./setup.js";
import { cpuMicroseconds } from "./usage.js";

/** How hard, and with what. */
export interface Shape {
  depth: number;
  connections: number;
  /** Bytes of the argument and of the answer. */
  payload: number;
}

export interface Result extends Shape {
  path: Path;
  /** Good answers in a second. */
  rps: number;
  p50us: number;
  p99us: number;
  /** Over all rounds. */
  errors: number;
  /** The first error. */
  error?: string;
  /** Envoy's CPU time for a request in microseconds; only where the system tells. */
  cpuUs?: number;
}

export interface Plan {
  paths: readonly Path[];
  rounds: number;
  /** Of each measurement, without its warm-up. */
  seconds: number;
  warmup: number;
}

interface Sample extends LoadResult {
  cpuUs: number | undefined;
}

/** One result for each path: the medians over all rounds. */
export async function measure(
  { envoy, generator, ports }: Setup,
  { paths, rounds, seconds, warmup }: Plan,
  shape: Shape,
): Promise<Result[]> {
  const samples = new Map<Path, Sample[]>(paths.map((path) => [path, []]));
  for (let round = 0; round < rounds; round++) {
    // Every other round goes backwards: no path always runs after the same one.
    for (const path of round % 2 === 0 ? paths : [...paths].reverse()) {
      const port = ports[path];
      if (port === undefined) throw new Error(`${path} does not listen`);
      const before = cpuMicroseconds(envoy.pid);
      const result = await generator.run(port, { ...shape, seconds, warmup });
      const after = cpuMicroseconds(envoy.pid);
      const used = before !== undefined && after !== undefined ? after - before : undefined;
      const cpuUs = used !== undefined && result.answered > 0 ? used / result.answered : undefined;
      samples.get(path)?.push({ ...result, cpuUs });
      if (envoy.exited) throw new Error(`Envoy has ended:\n${envoy.log()}`);
    }
  }
  return paths.map((path) => summary(path, shape, samples.get(path) ?? []));
}

function summary(path: Path, shape: Shape, samples: Sample[]): Result {
  const cpu = samples.flatMap(({ cpuUs }) => cpuUs ?? []);
  const error = samples.find(({ error }) => error !== undefined)?.error;
  return {
    path,
    ...shape,
    rps: round(median(samples.map(({ rps }) => rps))),
    p50us: round(median(samples.map(({ p50us }) => p50us))),
    p99us: round(median(samples.map(({ p99us }) => p99us))),
    errors: samples.reduce((sum, { errors }) => sum + errors, 0),
    ...(error !== undefined && { error }),
    ...(cpu.length > 0 && { cpuUs: round(median(cpu)) }),
  };
}

/** The middle one; of an even number the mean of the two in the middle. */
export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? 0;
  const high = sorted[Math.floor(middle)] ?? 0;
  return (low + high) / 2;
}

const round = (value: number): number => Math.round(value * 100) / 100;
