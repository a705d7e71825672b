import { existsSync, unwatchFile, watchFile } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { UserError } from "../cli/error.js";
import { note, paint, printError } from "../cli/output.js";
import { distDir } from "../cli/paths.js";
import { findEnvoy } from "../envoy/find.js";
import { listenerName } from "../protocol/emit/names.js";
import { loadForEnvoy } from "../protocol/load.js";
import type { Model } from "../protocol/model.js";
import { titleOf } from "../protocol/protocols.js";
import { startEnvoy, type RunningEnvoy } from "../protocol/run.js";
import { parsePort, parseWhole, useModule } from "./options.js";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

interface Options {
  file: string;
  wasm?: string;
  adminPort: number;
  freePorts?: boolean;
  concurrency?: number;
  logLevel: string;
  watch: boolean;
}

/** `argot run`: puts a real Envoy in front of the services of an ApplicationProtocol. */
export function runCommand(): Command {
  return new Command("run")
    .summary("run an Envoy for an ApplicationProtocol")
    .description(
      "Run a real Envoy for the ApplicationProtocol documents in a file, until\n" +
        "Ctrl-C. When the file is saved, what changed is taken over; open connections\n" +
        "go on. Standard output gets a line for each lane or connection that ends: its\n" +
        "metadata, rule, cluster and instance.",
    )
    .requiredOption("-f, --file <file>", "the ApplicationProtocol")
    .option("--wasm <path>", "argot.wasm (default: the one of this program)")
    .option("--admin-port <port>", "port of Envoy's admin interface; 0: a free one", parsePort, 0)
    .option("--free-ports", "listen on free ports instead of the services' own")
    .option("--concurrency <n>", "worker threads (default: one for each processor)", parseWhole)
    .option("--log-level <level>", "Envoy's own log level, e.g. info", "warning")
    .option("--no-watch", "do not look for changes of the file")
    .addHelpText(
      "after",
      [
        "",
        "Examples:",
        "  argot run -f envoy/examples/greeter.yaml",
        "  argot run -f envoy/examples/greeter.yaml --free-ports --concurrency 1",
        "",
        "Exit status: 0 ended by Ctrl-C or SIGTERM, 1 the file is wrong or Envoy ended by itself,",
        "2 wrong usage.",
      ].join("\n"),
    )
    .action(run);
}

async function run(options: Options): Promise<void> {
  const { file } = options;
  const wasm = options.wasm ?? join(distDir, "argot.wasm");
  if (!existsSync(wasm)) {
    throw new UserError("is not there", { file: wasm, remedy: "Run `npm run build` first." });
  }
  useModule(options.wasm);
  const model = loadForEnvoy(file);
  const { path, version } = await findEnvoy();
  // From here on no signal, nor a second one, must end us without Envoy.
  const end = new AbortController();
  for (const name of SIGNALS) process.on(name, () => end.abort());
  try {
    await serve(options, model, { path, version, wasm }, end.signal);
  } catch (error) {
    if (!end.signal.aborted) throw error;
  }
}

interface Parts {
  /** The Envoy to run. */
  path: string;
  version: string;
  wasm: string;
}

async function serve(
  options: Options,
  model: Model,
  { path, version, wasm }: Parts,
  signal: AbortSignal,
): Promise<void> {
  const { file, watch } = options;
  const envoy = await startEnvoy({
    model,
    envoy: path,
    wasm,
    adminPort: options.adminPort,
    logLevel: options.logLevel,
    accessLog: "stdout",
    ...(options.freePorts && { freePorts: true }),
    ...(options.concurrency !== undefined && { concurrency: options.concurrency }),
    onLine: (line, stream) => process[stream].write(`${line}\n`),
    signal,
  });
  note(`Envoy ${version} is ready; admin interface: http://127.0.0.1:${envoy.adminPort}`);
  showServices(model, envoy);
  note(watch ? `Save ${file} to change it while it runs; Ctrl-C ends.` : "Ctrl-C ends.");
  if (watch) watchFile(file, { interval: 200 }, () => void reload(file, envoy));
  try {
    await untilEnd(envoy, signal);
  } finally {
    unwatchFile(file);
  }
}

function showServices(model: Model, envoy: RunningEnvoy): void {
  for (const protocol of model) {
    for (const service of protocol.services) {
      const port = envoy.ports.get(listenerName(protocol, service));
      const where = paint("bold", `${protocol.address}:${port}`, process.stderr);
      note(`  ${where}  ${titleOf(protocol.protocol)}, ${protocol.mode}, for ${service.host}`);
      for (const { name, endpoints } of service.subsets) {
        note(`    ${name}: ${endpoints.join(", ")}`);
      }
    }
  }
}

/** One change after the other, each from the file as it is then. */
let reloading = Promise.resolve();
async function reload(file: string, envoy: RunningEnvoy): Promise<void> {
  reloading = reloading.then(async () => {
    try {
      const model = loadForEnvoy(file);
      const portsBefore = [...envoy.ports].join();
      const changed = await envoy.update(model);
      if (changed.length > 0) note(`${file}: changed ${changed.join(", ")}`);
      if ([...envoy.ports].join() !== portsBefore) showServices(model, envoy);
    } catch (error) {
      printError(error);
      note("  What was there before stays in use.");
    }
  });
  await reloading;
}

/** Waits for a signal, or for Envoy's own end. */
async function untilEnd(envoy: RunningEnvoy, signal: AbortSignal): Promise<void> {
  const asked = new Promise<"asked">((done) => {
    if (signal.aborted) done("asked");
    signal.addEventListener("abort", () => done("asked"), { once: true });
  });
  const status = await Promise.race([asked, envoy.exited]);
  await envoy.stop();
  if (status === "asked") return;
  throw new UserError(`Envoy ended by itself (${status})`, {
    remedy: "Its log above says why; --log-level info shows more.",
  });
}
