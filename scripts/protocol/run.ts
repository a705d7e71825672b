/** Runs a real Envoy from a model, and changes it while it runs. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../cli/error.js";
import { BOOTSTRAP, dynamicBootstrap, dynamicFiles } from "./emit/dynamic.js";
import { listenerName } from "./emit/names.js";
import type { Model } from "./model.js";
import { WatchedFiles } from "./watched-files.js";

export interface StartOptions {
  model: Model;
  /** Path of the Envoy to run. */
  envoy: string;
  /** Path of argot.wasm. */
  wasm: string;
  /** Port of Envoy's admin interface on 127.0.0.1. Default: a free one. */
  adminPort?: number;
  /** Worker threads. Default: one for each processor. */
  concurrency?: number;
  /** Envoy's own log level, e.g. `info`. Default `warning`. */
  logLevel?: string;
  /** Let Envoy pick the ports of listeners instead of taking those of the model. */
  freePorts?: boolean;
  /** "stdout" or the path of a file. Default: no access log. */
  accessLog?: string;
  /** Further arguments of Envoy, e.g. how it drains. */
  args?: string[];
  /** Gets every line that Envoy writes: its log, and an access log to "stdout". */
  onLine?: (line: string, stream: "stdout" | "stderr") => void;
  /** Ends the wait for a ready Envoy, and that Envoy with it. */
  signal?: AbortSignal;
}

const LOG_LINES = 200;
const READY_WITHIN = 30_000;

export class RunningEnvoy {
  /** The port of Envoy's admin interface on 127.0.0.1. */
  adminPort = 0;
  /** The port on which each listener really listens, by its name, e.g. `greeter-20880`. */
  ports: ReadonlyMap<string, number> = new Map();
  /** Ends when the process does: its exit status, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
  private readonly lines: string[] = [];
  private readonly files: WatchedFiles;
  private stopping = false;
  private readonly cleanUp = () => {
    this.child.kill("SIGKILL");
    rmSync(this.directory, { recursive: true, force: true });
  };

  private constructor(
    private readonly options: StartOptions,
    private readonly directory: string,
    private readonly child: ChildProcess,
    files: WatchedFiles,
  ) {
    this.files = files;
    this.exited = new Promise((done) => {
      child.once("error", (error) => {
        this.lines.push(error.message);
        done(127);
      });
      child.once("exit", (code, signal) => done(signal ?? code ?? 1));
    });
    // However this process ends, short of SIGKILL: no Envoy and no folder is left.
    process.once("exit", this.cleanUp);
    void this.exited.then(() => {
      process.removeListener("exit", this.cleanUp);
      rmSync(directory, { recursive: true, force: true });
    });
    this.read("stdout");
    this.read("stderr");
  }

  /**
   * Starts Envoy and waits until it is ready.
   * @throws UserError with Envoy's log if it does not get ready
   */
  static async start(options: StartOptions): Promise<RunningEnvoy> {
    const directory = mkdtempSync(join(tmpdir(), "argot-"));
    const { concurrency, logLevel = "warning" } = options;
    const files = new WatchedFiles(directory);
    files.writeAll(dynamicFiles(options.model, dynamicOptions(options, directory)));
    writeFileSync(
      join(directory, BOOTSTRAP),
      JSON.stringify(dynamicBootstrap(directory, options.adminPort ?? 0)),
    );
    const args = ["-c", join(directory, BOOTSTRAP), "--disable-hot-restart"];
    args.push("--admin-address-path", join(directory, "admin"));
    args.push("--log-level", logLevel, "--file-flush-interval-msec", "200");
    if (concurrency !== undefined) args.push("--concurrency", String(concurrency));
    args.push(...(options.args ?? []));
    // A group of its own: Ctrl-C on the terminal reaches us only, and we end Envoy in order.
    const child = spawn(options.envoy, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
    const envoy = new RunningEnvoy(options, directory, child, files);
    try {
      await envoy.ready();
    } catch (error) {
      await envoy.stop();
      throw error;
    }
    return envoy;
  }

  /**
   * Takes over a changed model, without a word to connections unless their listener changed.
   * @returns what changed, in words; nothing: no difference
   * @throws UserError if Envoy refuses it
   */
  async update(model: Model): Promise<string[]> {
    const files = dynamicFiles(model, dynamicOptions(this.options, this.directory));
    const changed = await this.files.update(files, this);
    if (changed.length > 0) await this.readPorts(model);
    return changed;
  }

  /** Of the process that Envoy is; 0 if it could not be started. */
  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** The last lines that Envoy wrote. */
  log(): string {
    return this.lines.join("\n");
  }

  /** What Envoy's admin interface answers to a GET. */
  async admin(path: string): Promise<string> {
    const url = `http://127.0.0.1:${this.adminPort}${path}`;
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    return await response.text();
  }

  /** Ends Envoy, by force after five seconds. */
  async stop(): Promise<void> {
    this.stopping = true; // what Envoy writes of its end is no news
    this.child.kill("SIGTERM");
    const ended = await Promise.race([this.exited, sleep(5_000, null, { ref: false })]);
    if (ended === null) this.child.kill("SIGKILL");
    await this.exited;
  }

  private read(stream: "stdout" | "stderr"): void {
    let rest = "";
    this.child[stream]?.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (stream === "stderr") this.lines.push(line);
        if (this.lines.length > LOG_LINES) this.lines.shift();
        if (stream === "stdout" || !this.stopping) this.options.onLine?.(line, stream);
      }
    });
  }

  private async ready(): Promise<void> {
    const { signal, model } = this.options;
    const end = Date.now() + READY_WITHIN;
    while (!this.hasEnded && Date.now() < end) {
      signal?.throwIfAborted();
      if (await this.isLive()) {
        await this.readPorts(model);
        await this.files.ready(this);
        return;
      }
      await sleep(20);
    }
    if (this.hasEnded) await this.exited; // its last lines
    throw new UserError(`Envoy did not get ready:\n${this.log()}`, {
      remedy: "Its log above says why; a port in use, e.g., is changed in the file's `port`.",
    });
  }

  private get hasEnded(): boolean {
    const { pid, exitCode, signalCode } = this.child;
    return pid === undefined || exitCode !== null || signalCode !== null;
  }

  private async isLive(): Promise<boolean> {
    try {
      const [, port] = /:(\d+)$/.exec(readFileSync(join(this.directory, "admin"), "utf8")) ?? [];
      this.adminPort = Number(port ?? 0);
      return (await this.admin("/ready")).trim() === "LIVE";
    } catch {
      return false; // the admin interface is not there yet
    }
  }

  /** @throws UserError if a listener of the model is not there */
  private async readPorts(model: Model): Promise<void> {
    const { listener_statuses: list = [] } = JSON.parse(
      await this.admin("/listeners?format=json"),
    ) as {
      listener_statuses?: {
        name: string;
        local_address: { socket_address: { port_value: number } };
      }[];
    };
    this.ports = new Map(
      list.map(({ name, local_address }) => [name, local_address.socket_address.port_value]),
    );
    for (const protocol of model) {
      for (const service of protocol.services) {
        if (this.ports.has(listenerName(protocol, service))) continue;
        throw new UserError(`port ${service.port} can't be listened on:\n${this.log()}`, {
          remedy: "Choose another `port`, or end the program that has it.",
        });
      }
    }
  }

  /** The value of one of Envoy's text-readout statistics. */
  async text(name: string): Promise<string | undefined> {
    const filter = encodeURIComponent(`^${name.replaceAll(".", "\\.")}$`);
    const { stats } = JSON.parse(await this.admin(`/stats?format=json&filter=${filter}`)) as {
      stats: { name?: string; value?: string }[];
    };
    return stats.find((stat) => stat.name === name)?.value;
  }
}

/** Starts a real Envoy from a model; see RunningEnvoy. */
export function startEnvoy(options: StartOptions): Promise<RunningEnvoy> {
  return RunningEnvoy.start(options);
}

function dynamicOptions({ wasm, accessLog, freePorts }: StartOptions, directory: string) {
  return {
    directory,
    wasm: resolve(wasm),
    ...(accessLog !== undefined && { accessLog }),
    ...(freePorts !== undefined && { freePorts }),
  };
}
