/** A program that runs in a lab. */
import { readFileSync } from "node:fs";
import { once } from "node:events";
import type { ChildProcess } from "node:child_process";
import { hasExited, spawnOwned } from "../../support/child.js";
import { until, within } from "../../support/wait.js";

export interface ProgramOptions {
  /** Its whole environment, but for PATH and HOME. */
  env?: Record<string, string>;
  /** Opens a channel for messages of Node's: see `child`. */
  ipc?: boolean;
}

const LOG_LIMIT = 4 << 20;

/** Linux: the process that `unshare --fork` or `nsenter --pid` has forked to be in the namespace. */
export function enclosed({ pid = 0 }: ChildProcess): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return parseInt(children); // NaN if it has not come to that, or is over
}

export class Program {
  readonly child: ChildProcess;
  private text = "";

  /** @param argv a command that ends in that of the program, see Network */
  constructor(argv: string[], { env, ipc = false }: ProgramOptions) {
    const { PATH = "", HOME = "" } = process.env;
    const [command = "", ...args] = argv;
    this.child = spawnOwned(command, args, {
      stdio: ["ignore", "pipe", "pipe", ...(ipc ? (["ipc"] as const) : [])],
      env: { PATH, HOME, ...env },
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.text = (this.text + text).slice(-LOG_LIMIT);
      });
    }
  }

  /** What it has written to standard output and standard error so far (its last 4 MiB). */
  log(): string {
    return this.text;
  }

  get exited(): boolean {
    return hasExited(this.child);
  }

  /** Waits for `condition`, but not longer than the program lives. */
  async until<T>(condition: () => T | Promise<T>, what: string, timeout = 60_000): Promise<void> {
    await until(async () => this.exited || (await condition()), { what, timeout, every: 50 }).catch(
      (error: unknown) => {
        throw new Error(`no ${what}:\n${this.text.slice(-8_000)}`, { cause: error });
      },
    );
    if (this.exited) throw new Error(`it ended before there was ${what}:\n${this.text}`);
  }

  /** Sends a signal to the program itself. */
  signal(name: NodeJS.Signals): void {
    const pid = this.exited ? NaN : enclosed(this.child);
    if (!Number.isNaN(pid)) process.kill(pid, name);
  }

  /** Ends it with SIGTERM, after `patience` milliseconds with SIGKILL. */
  async stop(patience = 5_000): Promise<void> {
    if (this.exited) return;
    const ended = once(this.child, "exit");
    this.signal("SIGTERM");
    await within(ended, patience, "end of the program").catch(async () => {
      this.signal("SIGKILL");
      await ended;
    });
  }
}
