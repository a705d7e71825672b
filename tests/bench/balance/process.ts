/** Child processes that answer commands, one at a time. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { packageRoot } from "../../../scripts/cli/paths.js";
import { spawnOwned, stopChild } from "../../support/child.js";

/** In the child: answers each command of its parent. */
export function answering(answer: (command: never) => unknown): void {
  process.on("message", (command) => {
    void Promise.resolve(answer(command as never)).then((reply) => process.send?.({ reply }));
  });
  process.once("disconnect", () => process.exit());
}

/** In the parent: a child that runs one of the files beside this one; C: what it understands. */
export class Helper<C extends string | object> {
  private readonly child: ChildProcess;

  constructor(file: "servers.ts" | "clients.ts") {
    const path = join(packageRoot, "tests/bench/balance", file);
    this.child = spawnOwned(process.execPath, ["--import", "tsx", path], {
      cwd: packageRoot,
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** @throws if the child ends instead of answering */
  async ask<T>(command: C): Promise<T> {
    const ended = new AbortController();
    const exit = once(this.child, "exit", { signal: ended.signal }).then(
      () => Promise.reject(new Error("a helper process has ended")),
      () => [], // the answer came first
    );
    this.child.send(command);
    try {
      const [message] = (await Promise.race([once(this.child, "message"), exit])) as [{ reply: T }];
      return message.reply;
    } finally {
      ended.abort();
    }
  }

  stop(): Promise<void> {
    return stopChild(this.child);
  }
}
