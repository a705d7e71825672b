/** The benchmark's results as tables, one for each load. */
import { paint } from "../../scripts/cli/output.js";
import type { Result } from "./measure.js";

interface Column {
  title: string;
  width: number;
  cell: (result: Result, peers: Result[]) => string;
}

const COLUMNS: Column[] = [
  { title: "requests/s", width: 12, cell: ({ rps }) => Math.round(rps).toLocaleString("en") },
  { title: "p50 µs", width: 9, cell: ({ p50us }) => p50us.toFixed(1) },
  { title: "p99 µs", width: 9, cell: ({ p99us }) => p99us.toFixed(1) },
  { title: "Envoy µs/req", width: 14, cell: ({ cpuUs }) => cpuUs?.toFixed(2) ?? "" },
  { title: "× tcp_proxy", width: 13, cell: times("tcp_proxy") },
  { title: "× dubbo_proxy", width: 15, cell: times("dubbo_proxy") },
  { title: "p50 over tcp", width: 14, cell: overTcp },
  { title: "errors", width: 8, cell: ({ errors }) => (errors === 0 ? "" : String(errors)) },
];

function times(path: Result["path"]): Column["cell"] {
  return (result, peers) => {
    const base = peers.find((peer) => peer.path === path);
    return base && base.rps > 0 ? (result.rps / base.rps).toFixed(2) : "";
  };
}

function overTcp(result: Result, peers: Result[]): string {
  const base = peers.find(({ path }) => path === "tcp_proxy");
  if (!base || base === result) return "";
  const difference = result.p50us - base.p50us;
  return `${difference < 0 ? "" : "+"}${difference.toFixed(1)}`;
}

const FIRST_WIDTH = 22;

/** The table of results that had the same load. */
export function table(peers: Result[]): string {
  const [{ payload, connections, depth }] = peers as [Result];
  const title = `${payload} B, ${connections} × ${depth} requests in flight`;
  const head = COLUMNS.map(({ title, width }) => title.padStart(width)).join("");
  const rows = peers.map((result) => {
    const cells = COLUMNS.map(({ cell, width }) => cell(result, peers).padStart(width)).join("");
    return result.path.padEnd(FIRST_WIDTH) + cells;
  });
  return [paint("bold", title), paint("dim", " ".repeat(FIRST_WIDTH) + head), ...rows, ""].join(
    "\n",
  );
}
