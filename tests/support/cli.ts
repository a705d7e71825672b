/** The program `argot` as the build made it, run as a user runs it. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { distDir, packageRoot } from "../../scripts/cli/paths.js";

/** For `node`; it starts several times as quickly as its sources do. */
export const argotProgram = join(distDir, "argot.mjs");

export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

export interface ArgotOptions {
  /** The folder that it runs in. Default: the project's. */
  cwd?: string;
  /** Added to the environment, in which nobody asks for colours or stack traces. */
  env?: NodeJS.ProcessEnv;
}

/** Runs `argot` until it ends. */
export function argotIn({ cwd = packageRoot, env = {} }: ArgotOptions, ...args: string[]): Ended {
  const own = { ...process.env };
  for (const name of ["NO_COLOR", "FORCE_COLOR", "ARGOT_DEBUG"]) Reflect.deleteProperty(own, name);
  return spawnSync(process.execPath, [argotProgram, ...args], {
    cwd,
    encoding: "utf8",
    env: { ...own, ...env },
  });
}

/** Runs `argot` in the project's folder. */
export function argot(...args: string[]): Ended {
  return argotIn({}, ...args);
}
