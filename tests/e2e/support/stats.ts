/** The filter's statistics, as Envoy's admin interface shows them. */

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
