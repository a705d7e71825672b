/** The results as tables, one for each load. */
import { paint } from "../../../scripts/cli/output.js";
import type { Load } from "./clients.js";
import type { Direct, Result } from "./measure.js";

const COLUMNS: [title: string, width: number, cell: (result: Result) => string][] = [
  ["requests/s", 12, ({ rps }) => Math.round(rps).toLocaleString("en")],
  ["p50 ms", 9, ({ p50 }) => p50.toFixed(1)],
  ["p90 ms", 9, ({ p90 }) => p90.toFixed(1)],
  ["p99 ms", 9, ({ p99 }) => p99.toFixed(1)],
  ["max ms", 9, ({ max }) => max.toFixed(1)],
  ["worst client", 14, ({ worst }) => worst.toFixed(1)],
  ["slow %", 9, ({ slow }) => slow.toFixed(1)],
  ["others %", 23, ({ others }) => others.map((share) => share.toFixed(1)).join(" ")],
  ["CPU %", 7, ({ cpu }) => cpu?.toFixed(0) ?? ""],
];
const FIRST_WIDTH = 10;

/** The table of results that had the same load. */
export function table(load: Load, results: Result[]): string {
  const head = COLUMNS.map(([title, width]) => title.padStart(width)).join("");
  const rows = results.map(
    (result) =>
      result.path.padEnd(FIRST_WIDTH) +
      COLUMNS.map(([, width, cell]) => cell(result).padStart(width)).join(""),
  );
  return [title(load), paint("dim", " ".repeat(FIRST_WIDTH) + head), ...rows, ""].join("\n");
}

export function title({ connections, depth, rate }: Load): string {
  if (rate === undefined) return `${connections} × ${depth} requests in flight`;
  return `${rate} requests/s at random times over ${connections} connections`;
}

export function directLine({ protocol, serviceMs, p50 }: Direct): string {
  return `without Envoy, ${protocol}: ${p50.toFixed(1)} ms from a server that takes ${serviceMs} ms`;
}
