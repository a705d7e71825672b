/** Many client connections at a time on one worker: what an idle one takes, and that all work. */
import { execSync } from "node:child_process";
import { Progress } from "../../scripts/cli/output.js";
import { DubboClient, STATUS } from "../support/dubbo.js";
import { until } from "../support/wait.js";
import { requestFrame } from "./node/caller.js";
import { withSetup, type Setup, type SetupOptions } from "./setup.js";
import { residentBytes } from "./usage.js";

/** Connections that call at the same time. */
const AT_ONCE = 100;
/** Where lanes are to end, so many may be open before the next ones wait for that. */
const MOST_LANES = 2_000;
/** Files that Envoy has open besides connections, generously. */
const OTHER_FILES = 200;
/** Statistics of the plugin that speaks on the path `lanes`. */
const LANES_ACTIVE = "wasmcustom.argot.bench-lanes.lanes_active";

export interface Held {
  lanes: "open" | "closed";
  /** Client connections that were open at a time, all of which answered a call at the end. */
  connections: number;
  /** Bytes of the module's memory before, and with all connections idle. */
  before: number;
  after: number;
  /** Bytes of the module's memory for each; it grows by doubling, so this includes spare room. */
  bytesEach: number;
  /** Bytes of Envoy's resident memory for each, the module's included. */
  residentEach: number;
}

/**
 * Holds `count` connections twice: with a lane each, and after all lanes ended. A lane is a
 * connection to a server, too, so that a limit on open files allows fewer with lanes.
 */
export async function holdAll(
  count: number,
  choice: Pick<SetupOptions, "generator" | "wasm">,
): Promise<Held[]> {
  const limit = Number(execSync("ulimit -n", { encoding: "utf8" })) || Infinity; // "unlimited"
  const files = limit - OTHER_FILES;
  const withLanes = (idleSeconds: number, work: (setup: Setup) => Promise<Held>): Promise<Held> => {
    const lanes = { maxAgeSeconds: 0, idleSeconds };
    return withSetup({ paths: ["lanes"], lanes, ...choice }, work);
  };
  return [
    await withLanes(0, (setup) => hold(setup, "open", Math.min(count, Math.floor(files / 2)))),
    await withLanes(1, (setup) => hold(setup, "closed", Math.min(count, files - MOST_LANES))),
  ];
}

async function hold(
  { envoy, ports }: Setup,
  lanes: Held["lanes"],
  connections: number,
): Promise<Held> {
  const progress = new Progress(`${connections.toLocaleString("en")} idle, lanes ${lanes}`);
  const frame = requestFrame(128);
  const open = async (): Promise<DubboClient> => DubboClient.connect(ports.lanes!);
  const call = async (client: DubboClient): Promise<void> => {
    const { status } = await client.request(frame, 60_000);
    if (status !== STATUS.OK) throw new Error(`a connection answered with status ${status}`);
  };
  const lanesAre = (count: number): Promise<unknown> =>
    until(async () => (await envoy.stat(LANES_ACTIVE)) === count, { what: `${count} lanes` });
  /** Does `work` for all connections, some at once; then lanes are as they shall be. */
  const forAll = async (what: string, work: (i: number) => Promise<void>): Promise<void> => {
    for (let i = 0; i < connections; i += AT_ONCE) {
      if (lanes === "closed" && i % MOST_LANES === 0) await lanesAre(0);
      const n = Math.min(AT_ONCE, connections - i);
      await Promise.all(Array.from({ length: n }, (_, k) => work(i + k)));
      progress.update(`${i + n} ${what}`);
    }
    await lanesAre(lanes === "open" ? connections : 0);
  };
  const memory = async (): Promise<[number, number]> => [
    await envoy.stat("wasmcustom.argot.memory_bytes"),
    residentBytes(envoy.pid),
  ];

  const first = await open();
  await call(first);
  first.close();
  await until(async () => (await envoy.stat("wasmcustom.argot.bench-lanes.responses")) === 1);
  await lanesAre(0);
  const [before, residentBefore] = await memory();
  const clients: DubboClient[] = [];
  await forAll("opened", async (i) => call((clients[i] = await open())));
  const [after, residentAfter] = await memory();
  await forAll("called again", (i) => call(clients[i]!));
  const lost = clients.filter((client) => client.closed).length;
  if (lost > 0) throw new Error(`${lost} connections were closed`);
  for (const client of clients) client.close();
  progress.end("all answered again");
  return {
    ...{ lanes, connections, before, after },
    bytesEach: Math.round((after - before) / connections),
    residentEach: Math.round((residentAfter - residentBefore) / connections),
  };
}

export function heldLine(held: Held): string {
  const { lanes, connections, before, after, bytesEach, residentEach } = held;
  const mib = (bytes: number): string => (bytes / (1 << 20)).toFixed(1);
  return (
    `${connections.toLocaleString("en")} idle connections, lanes ${lanes}: module memory ` +
    `${mib(before)} → ${mib(after)} MiB, ${bytesEach.toLocaleString("en")} bytes each ` +
    `(Envoy in all: ${(residentEach / 1024).toFixed(0)} KiB each); all answered again`
  );
}
