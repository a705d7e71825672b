/** Envoy's own account of what went where. */

/** The fields of a line of the access log, e.g. `rule`, `cluster`, `attachment.user`. */
export type Entry = Readonly<Record<string, string>>;

/** The fields of a line of `name="value"` pairs; null if it is another line. */
export function parseEntry(line: string): Entry | null {
  if (!/^(lane|connection)="/.test(line)) return null;
  return Object.fromEntries(
    Array.from(line.matchAll(/(\S+?)="([^"]*)"/g), ([, name = "", value = ""]) => [name, value]),
  );
}

/** The subset in the name of a cluster, e.g. `v1` of `greeter.example|20880|v1`. */
export function subsetOf({ cluster = "" }: Entry): string {
  return cluster.split("|")[2] ?? "-";
}
