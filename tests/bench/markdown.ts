/** The benchmark's results as the tables of docs/performance.md. */
import type { Result } from "./measure.js";

type Cell = (result: Result, peers: Result[]) => string;

const whole = (value: number): string => Math.round(value).toLocaleString("en");

/** Two tables: requests a second with ratios, and latencies. */
export function markdown(results: Result[]): string {
  const loads = [...new Set(results.map(load))];
  const byLoad = loads.map((name) => results.filter((result) => load(result) === name));
  const paths = byLoad[0]?.map(({ path }) => path) ?? [];
  const rows = (cell: Cell): string[][] =>
    byLoad.map((peers) => [load(peers[0]!), ...peers.map((result) => cell(result, peers))]);
  const head = ["payload, connections × depth", ...paths];
  return [
    "Requests a second (and as a multiple of tcp_proxy's):\n",
    ...tableOf(head, rows(rate)),
    "\nMedian latency in µs (and the 99th percentile):\n",
    ...tableOf(
      head,
      rows(({ p50us, p99us }) => `${whole(p50us)} (${whole(p99us)})`),
    ),
  ].join("\n");
}

function rate(result: Result, peers: Result[]): string {
  const base = peers.find(({ path }) => path === "tcp_proxy");
  const ratio = base && base !== result ? ` (${(result.rps / base.rps).toFixed(2)})` : "";
  return whole(result.rps) + ratio;
}

const load = ({ payload, connections, depth }: Result): string =>
  `${whole(payload)} B, ${connections} × ${depth}`;

/** Lines of a table: its first column holds names, the others numbers. */
export function tableOf(head: string[], rows: string[][]): string[] {
  const line = (cells: string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(line)];
}
