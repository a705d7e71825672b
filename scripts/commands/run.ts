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
import { startEnvoy, type RunningEnvoy } from "../protocol/run.js";
import { parsePort, parseWhole } from "./options.js";

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
      "Run a real Envoy for the ApplicationProtocol in a file, until Ctrl-C. When the file is\n" +
        "saved, what changed is taken over; open connections go on. Standard output gets a line\n" +
        "for each lane or connection that ends: its metadata, rule, cluster and instance.",
    )
    .requiredOption("-f, --file <file>", "the ApplicationProtocol")
    .option("--wasm <path>", "argot.wasm (default: the one of this program)")
    .option("--admin-port <port>", "port of Envoy's admin interface (0: a free one)", parsePort, 0)
    .option("--free-ports", "listen on free ports instead of the services' own")
    .option("--concurrency <n>", "worker threads (default: one for each processor)", parseWhole)
    .option("--log-level <level>", "Envoy's own log level, e.g. info", "warning")
    .option("--no-watch", "do not look for changes of the file")
    .addHelpText(
      "after",
      "\nExamples:\n  argot run -f envoy/examples/greeter.yaml\n\n" +
        "Exit status: 0 ended by Ctrl-C or SIGTERM, 1 the file is wrong or Envoy ended by itself.",
    )
    .action(run);
}

async function run(options: Options): Promise<void> {
  const { file, watch } = options;
  const model = loadForEnvoy(file);
  const wasm = options.wasm ?? join(distDir, "argot.wasm");
  if (!existsSync(wasm)) {
    throw new UserError("is not there", { file: wasm, remedy: "Run `npm run build` first." });
  }
  const { path, version } = await findEnvoy();
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
  });
  note(`Envoy ${version} is ready; admin interface: http://127.0.0.1:${envoy.adminPort}`);
  showServices(model, envoy);
  note(watch ? `Save ${file} to change it while it runs; Ctrl-C ends.` : "Ctrl-C ends.");
  if (watch) watchFile(file, { interval: 200 }, () => void reload(file, envoy));
  await untilEnd(envoy);
  unwatchFile(file);
}

function showServices(model: Model, envoy: RunningEnvoy): void {
  for (const protocol of model) {
    for (const service of protocol.services) {
      const port = envoy.ports.get(listenerName(protocol, service));
      const where = paint("bold", `${protocol.address}:${port}`, process.stderr);
      note(`  ${where}  ${protocol.protocol}, ${protocol.mode}, for ${service.host}`);
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

/** Waits for Ctrl-C, SIGTERM or Envoy's own end. */
async function untilEnd(envoy: RunningEnvoy): Promise<void> {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  let asked: () => void = () => undefined;
  const signal = new Promise<"asked">((done) => (asked = () => done("asked")));
  for (const name of signals) process.on(name, asked);
  const status = await Promise.race([signal, envoy.exited]);
  await envoy.stop();
  for (const name of signals) process.removeListener(name, asked);
  if (status === "asked") return;
  throw new UserError(`Envoy ended by itself (${status})`, {
    remedy: "Its log above says why; --log-level info shows more.",
  });
}
