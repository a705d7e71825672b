/** Envoys that take over from one another, as an operator upgrades a running one. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findEnvoy } from "../../../scripts/envoy/find.js";
import { Envoy, type Bootstrap, type EnvoyOptions } from "../../support/envoy.js";

/** Whether the Envoy at hand can do it; those for macOS can't. */
export async function canHotRestart(): Promise<boolean> {
  const { path } = await findEnvoy();
  const { stdout, stderr } = spawnSync(path, ["--hot-restart-version"], { encoding: "utf8" });
  return /^\d/m.test(stdout + stderr) && !`${stdout}${stderr}`.includes("disabled");
}

export class HotRestarts {
  /** How often an Envoy took over. */
  count = 0;
  private readonly directory = mkdtempSync(join(tmpdir(), "argot-restart-"));
  private readonly running = new Set<Envoy>();
  private baseId = "";
  private last: Envoy | undefined;

  private constructor(
    private readonly config: Bootstrap,
    private readonly options: EnvoyOptions,
  ) {}

  /**
   * Starts the first Envoy; its listeners' ports must be fixed.
   * @param options `args` should set --drain-time-s and the longer --parent-shutdown-time-s
   */
  static async start(config: Bootstrap, options: EnvoyOptions): Promise<HotRestarts> {
    const restarts = new HotRestarts(config, options);
    const file = join(restarts.directory, "base-id");
    await restarts.launch(["--use-dynamic-base-id", "--base-id-path", file]);
    restarts.baseId = readFileSync(file, "utf8").trim();
    return restarts;
  }

  /** Lets a further Envoy take over, and waits until the one before has drained and ended. */
  async restart(): Promise<void> {
    const before = this.last;
    const epoch = String(++this.count);
    await this.launch(["--base-id", this.baseId, "--restart-epoch", epoch]);
    await before?.ended();
    if (before) this.running.delete(before);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.running].map((envoy) => envoy.stop()));
    rmSync(this.directory, { recursive: true, force: true });
    // Where Envoys share their state; they leave it behind. The name has ten times the base id.
    rmSync(`/dev/shm/envoy_shared_memory_${this.baseId}0`, { force: true });
  }

  private async launch(hotRestart: string[]): Promise<void> {
    this.last = await Envoy.start(this.config, { ...this.options, hotRestart });
    this.running.add(this.last);
  }
}
