/** The filter's statistics, as Envoy's admin interface shows them. */
import { until } from "../../support/wait.js";

interface Admin {
  admin(path: string): Promise<string>;
}

/**
 * Counters and gauges of the plugin `name` by what they count, e.g. `requests`. The filter carries
 * its counts to Envoy twice a second.
 */
export async function argotStats(envoy: Admin, name: string): Promise<Record<string, number>> {
  const prefix = `wasmcustom.argot.${name}.`;
  const filter = encodeURIComponent(`^${prefix.replaceAll(".", "\\.")}`);
  const text = await envoy.admin(`/stats?filter=${filter}`);
  const lines = text.split("\n").map((line) => line.split(": "));
  return Object.fromEntries(
    lines.map(([stat = "", value]) => [stat.slice(prefix.length), Number(value)]),
  );
}

/** Waits until the filter's statistics of `name` are exactly these; others may be anything. */
export async function untilCounts(
  envoy: Admin,
  name: string,
  expected: Record<string, number>,
): Promise<void> {
  let seen: Record<string, number> = {};
  const met = async () => {
    const stats = await argotStats(envoy, name);
    seen = Object.fromEntries(Object.keys(expected).map((what) => [what, stats[what] ?? 0]));
    return Object.entries(expected).every(([what, value]) => seen[what] === value);
  };
  await until(met, { every: 50 }).catch(() => {
    const texts = [expected, seen].map((stats) => JSON.stringify(stats));
    throw new Error(`statistics of ${name}: expected ${texts[0]}, they are ${texts[1]}`);
  });
}

/**
 * A counter or gauge of Envoy's about the servers of `name`, e.g. `upstream_cx_active`, summed up
 * over its clusters.
 */
export async function clusterStat(envoy: Admin, name: string, stat: string): Promise<number> {
  const filter = encodeURIComponent(`^cluster\\.${name}\\.example\\|[^.]*\\.${stat}$`);
  const text = await envoy.admin(`/stats?filter=${filter}`);
  return [...text.matchAll(/: (\d+)$/gm)].reduce((sum, [, value]) => sum + Number(value), 0);
}
