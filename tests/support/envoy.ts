/** A real Envoy for a test: started on free ports, watched through its admin interface. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChildProcess } from "node:child_process";
import { parse } from "yaml";
import { findEnvoy } from "../../scripts/envoy/find.js";
import { Admin } from "./admin.js";
import { hasExited, spawnOwned, stopChild } from "./child.js";
import { freePort } from "./ports.js";
import { until, type UntilOptions } from "./wait.js";

/** Any Envoy bootstrap; `admin` is replaced. */
export type Bootstrap = Record<string, unknown>;

export interface EnvoyOptions {
  /** The Envoy to run. Default: the one that the project finds or fetches. */
  binary?: string;
  /** Worker threads. Default 1. */
  concurrency?: number;
  /** Envoy's `--log-level`. Default `info`. */
  logLevel?: string;
  /** The arguments by which it takes over from another Envoy. Default: it never does. */
  hotRestart?: string[];
  /** Further command line arguments, e.g. `--component-log-level wasm:debug`. */
  args?: string[];
  /** Milliseconds until it must be ready. Default 20,000. */
  timeout?: number;
}

const LOG_LIMIT = 4 << 20;

export class Envoy extends Admin {
  private constructor(
    private readonly child: ChildProcess,
    directory: string,
    readonly adminPort: number,
  ) {
    super();
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.text = (this.text + text).slice(-LOG_LIMIT);
      });
    }
    child.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  }

  private text = "";

  /**
   * Starts Envoy with `config` (an object, or YAML text) and waits until it is ready: all
   * listeners bound, all Wasm modules loaded.
   * @throws with Envoy's log if it refuses the configuration or does not get ready in time
   */
  static async start(config: Bootstrap | string, options: EnvoyOptions = {}): Promise<Envoy> {
    const envoy = await Envoy.spawn(config, options);
    try {
      await envoy.until(async () => (await envoy.admin("/ready")).trim() === "LIVE", {
        timeout: options.timeout ?? 20_000,
        what: "ready Envoy",
      });
      return envoy;
    } catch (error) {
      await envoy.stop();
      throw new Error(`Envoy did not start:\n${envoy.log()}`, { cause: error });
    }
  }

  /** Starts Envoy without waiting, for configurations that it is expected to refuse. */
  static async spawn(config: Bootstrap | string, options: EnvoyOptions = {}): Promise<Envoy> {
    const binary = options.binary ?? (await findEnvoy()).path;
    const bootstrap = typeof config === "string" ? (parse(config) as Bootstrap) : config;
    const adminPort = await freePort();
    const admin = { address: { socket_address: { address: "127.0.0.1", port_value: adminPort } } };
    const directory = mkdtempSync(join(tmpdir(), "argot-envoy-"));
    const file = join(directory, "envoy.json");
    writeFileSync(file, JSON.stringify({ ...bootstrap, admin }));
    const args = ["-c", file, "--concurrency", String(options.concurrency ?? 1)];
    args.push("--log-level", options.logLevel ?? "info");
    args.push(...(options.hotRestart ?? ["--disable-hot-restart"]), ...(options.args ?? []));
    const child = spawnOwned(binary, args, { stdio: ["ignore", "pipe", "pipe"] });
    const envoy = new Envoy(child, directory, adminPort);
    child.once("error", (error) => (envoy.text += `can't run ${binary}: ${error.message}\n`));
    return envoy;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get exited(): boolean {
    return hasExited(this.child);
  }

  /** What Envoy has written to standard output and standard error so far (its last 4 MiB). */
  log(): string {
    return this.text;
  }

  override async admin(path: string, method: "GET" | "POST" = "GET"): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.adminPort}${path}`, { method });
    const body = await response.text();
    if (!response.ok && path !== "/ready") {
      throw new Error(`Envoy's admin answers ${response.status} to ${path}: ${body}`);
    }
    return body;
  }

  /** Waits as `until` of wait.ts does, but not longer than Envoy lives. */
  async until<T>(condition: () => T | Promise<T>, options: UntilOptions = {}): Promise<void> {
    const met = async () => this.exited || (await condition());
    await until(met, { what: condition.toString(), ...options });
    if (this.exited) throw new Error(`Envoy has ended:\n${this.log()}`);
  }

  /** Waits until the log contains `text`; works for an Envoy that has ended, too. */
  async logged(text: string, timeout = 10_000): Promise<void> {
    await until(() => this.log().includes(text), { timeout, what: `"${text}" in Envoy's log` });
  }

  /** Waits until Envoy has ended by itself. */
  async ended(timeout = 60_000): Promise<void> {
    await until(() => this.exited, { timeout, what: "end of Envoy" });
  }

  /** Ends Envoy and waits until it is gone. */
  async stop(): Promise<void> {
    await stopChild(this.child);
  }
}
