/** Envoy's memory over time, and whether it grows. */
import { readFileSync } from "node:fs";
import { residentBytes } from "../bench/usage.js";
import type { RunningEnvoy } from "../../scripts/protocol/run.js";

export const MIB = 1 << 20;

/** In bytes. */
export interface Memory {
  /** Of the process, Wasm memory and V8's heap included. */
  resident: number;
  /** What Envoy itself has allocated and not freed; V8's memory is not in it. */
  allocated: number;
  /** The module's linear memories, of all workers; undefined without Linux's /proc. */
  module?: number;
}

export async function look(envoy: RunningEnvoy): Promise<Memory> {
  const { allocated } = JSON.parse(await envoy.admin("/memory")) as { allocated: string };
  const module = moduleBytes(envoy.pid);
  return {
    resident: residentBytes(envoy.pid),
    allocated: Number(allocated),
    ...(module !== undefined && { module }),
  };
}

/**
 * V8 reserves 8 GiB of addresses for a linear memory, of which the first part can be used: what
 * can't be follows at once in the list of mappings.
 */
function moduleBytes(pid: number): number | undefined {
  let maps: string;
  try {
    maps = readFileSync(`/proc/${pid}/maps`, "utf8");
  } catch {
    return undefined; // no /proc on this system
  }
  const found = maps.matchAll(/^(\w+)-(\w+) rw-p .*\n\2-(\w+) ---p /gm);
  return [...found]
    .map(([, from, middle, to]) => [from, middle, to].map((address) => Number(`0x${address}`)))
    .filter(([from, , to]) => to! - from! === 2 ** 33)
    .reduce((sum, [from, middle]) => sum + middle! - from!, 0);
}

/** The median of each over some samples: what just was on its way does not count. */
export function typical(samples: readonly Memory[]): Memory {
  const median = (of: keyof Memory): number => {
    const sorted = samples.map((sample) => sample[of] ?? 0).sort((a, b) => a - b);
    return sorted[sorted.length >> 1] ?? 0;
  };
  return {
    resident: median("resident"),
    allocated: median("allocated"),
    module: median("module"),
  };
}
