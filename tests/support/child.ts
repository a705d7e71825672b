/** Child processes that do not outlive the process that started them. */
import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { within } from "./wait.js";

const children = new Set<ChildProcess>();

function killAll(): void {
  for (const child of children) child.kill("SIGKILL");
}

process.once("exit", killAll);
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
for (const signal of Object.keys(EXIT_CODES) as (keyof typeof EXIT_CODES)[]) {
  process.once(signal, () => {
    killAll();
    process.exit(EXIT_CODES[signal]);
  });
}

/** Like `spawn`; the child is killed when this process exits, whatever the reason it can see. */
export function spawnOwned(command: string, args: string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, args, options);
  children.add(child);
  child.once("exit", () => children.delete(child));
  child.once("error", () => children.delete(child));
  return child;
}

export function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}

/** Ends `child` with SIGTERM, after `patience` milliseconds with SIGKILL, and waits for its end. */
export async function stopChild(child: ChildProcess, patience = 5_000): Promise<void> {
  if (hasExited(child)) return;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  try {
    await within(ended, patience, "end of the process");
  } catch {
    child.kill("SIGKILL");
    await ended;
  }
}
