/** Asks an Envoy binary for its version. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { messageOf } from "../cli/error.js";

/** Envoy knows `upstream_connect_mode` of tcp_proxy, which Argot needs, since this version. */
export const oldestEnvoy = "1.37";

/** What came of asking a file for its Envoy version. */
export type Probe = { version: string } | { fault: string };

/**
 * Runs `path --version`.
 * @returns the version, e.g. `1.40.0`, or what is wrong with the file in a few words
 */
export async function probeEnvoy(path: string): Promise<Probe> {
  let output: string;
  try {
    const { stdout } = await promisify(execFile)(path, ["--version"], { timeout: 30_000 });
    output = stdout;
  } catch (error) {
    return { fault: faultOf(error) };
  }
  // envoy  version: 1d0f…/1.40.0/Clean/RELEASE/BoringSSL
  const version = /version:\s*[^/\s]+\/(\d+\.\d+\.\d+)/.exec(output)?.[1];
  return version === undefined ? { fault: "does not say an Envoy version" } : { version };
}

/** Is `version` at least `oldestEnvoy`? */
export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldestEnvoy.split(".").map(Number);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

function faultOf(error: unknown): string {
  const { code, stderr } = error as { code?: string | number; stderr?: string };
  if (code === "ENOENT") return "does not exist";
  if (code === "EACCES") return "is not executable";
  const said = stderr?.trim().split("\n").at(-1);
  return `can't run: ${said || messageOf(error)}`;
}
