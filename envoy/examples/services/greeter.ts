/** The Dubbo service of greeter.yaml, in as many versions as are started. */
import type { Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { dubboProvider } from "./dubbo-provider.js";

export const GREETER = "org.example.Greeter";

/** A server of one version, e.g. `v1`; it does not listen yet. */
export function greeter(version: string): Server {
  return dubboProvider(GREETER, {
    hello: (name) => `hello ${name}, this is ${version}`,
    slow: async (milliseconds) => {
      await sleep(Number(milliseconds));
      return `${version} took ${milliseconds} ms`;
    },
    fail: (message) => {
      throw new Error(`${message} (${version})`);
    },
    shutdown: () => `${version} would be gone now`,
  });
}

/** Which version an answer of `hello` comes from. */
export function versionOf(answer: unknown): string {
  return /this is (\S+)$/.exec(String(answer))?.[1] ?? "?";
}
