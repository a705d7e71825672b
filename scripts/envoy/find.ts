/** Finds the Envoy to work with, or gets one. */
import { access, constants, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { UserError } from "../cli/error.js";
import { note } from "../cli/output.js";
import { cacheDir, cacheError, makeCache, withLock } from "./cache.js";
import { downloadEnvoy } from "./download.js";
import { isNewEnough, oldestEnvoy, probeEnvoy } from "./version.js";
import { pinnedVersion, type Platform, thisPlatform, wheelFor } from "./wheel.js";

export interface FoundEnvoy {
  /** The executable. */
  path: string;
  /** E.g. `1.40.0`. */
  version: string;
  /** Where it comes from: the variable, the PATH, or the cache of downloads. */
  source: "ARGOT_ENVOY" | "PATH" | "cache";
}

/** What the search depends on; by default this process and this machine. */
export interface Surroundings {
  env?: NodeJS.ProcessEnv;
  platform?: Platform;
}

/**
 * The Envoy to work with: the one that ARGOT_ENVOY names, else one on PATH that is new enough,
 * else the pinned one, downloaded into the user's cache if it is not there yet. Progress is shown
 * on standard error. Safe to call from several processes at once.
 * @throws UserError with a remedy if none can be had
 */
export async function findEnvoy(surroundings: Surroundings = {}): Promise<FoundEnvoy> {
  const present = await presentEnvoy(surroundings);
  if (present !== undefined) return present;

  const { env = process.env, platform = thisPlatform() } = surroundings;
  const wheel = wheelFor(platform);
  const cache = cacheDir(env, platform.os);
  const path = cachedPath(cache);
  await makeCache(cache);
  const lock = join(cache, `envoy-${pinnedVersion}.lock`);
  const waiting = (): void => {
    note("waiting for another argot that downloads Envoy …");
  };
  await withLock(
    lock,
    async () => {
      if ((await probeCached(path)) === undefined) await downloadEnvoy(wheel, cache, path, env);
    },
    waiting,
  ).catch((error: unknown) => {
    throw error instanceof UserError ? error : cacheError(cache, error);
  });

  const probe = await probeEnvoy(path);
  if ("version" in probe) return { path, version: probe.version, source: "cache" };
  throw new UserError(`the Envoy that was downloaded does not run here: ${probe.fault}`, {
    file: path,
    remedy: "Name an Envoy that runs on this machine by ARGOT_ENVOY.",
  });
}

/**
 * Like `findEnvoy`, but without a download.
 * @returns undefined if `findEnvoy` would have to download one
 */
export async function presentEnvoy({
  env = process.env,
  platform = thisPlatform(),
}: Surroundings = {}): Promise<FoundEnvoy | undefined> {
  if (env.ARGOT_ENVOY) return namedEnvoy(env.ARGOT_ENVOY);
  return (await envoyOnPath(env)) ?? (await probeCached(cachedPath(cacheDir(env, platform.os))));
}

function cachedPath(cache: string): string {
  return join(cache, `envoy-${pinnedVersion}`);
}

async function namedEnvoy(path: string): Promise<FoundEnvoy> {
  const probe = await probeEnvoy(path);
  if ("fault" in probe) {
    throw new UserError(`ARGOT_ENVOY is wrong: ${path} ${probe.fault}`, {
      remedy: `Let it name an Envoy ${oldestEnvoy} or newer, or unset it: then one is downloaded.`,
    });
  }
  if (!isNewEnough(probe.version)) {
    throw new UserError(`ARGOT_ENVOY is too old: ${path} is Envoy ${probe.version}`, {
      remedy: `Let it name an Envoy ${oldestEnvoy} or newer, or unset it: then one is downloaded.`,
    });
  }
  return { path, version: probe.version, source: "ARGOT_ENVOY" };
}

/** The first `envoy` on PATH counts, as in a shell; one that is too old does not. */
async function envoyOnPath(env: NodeJS.ProcessEnv): Promise<FoundEnvoy | undefined> {
  for (const folder of (env.PATH ?? "").split(delimiter)) {
    const path = join(folder || ".", "envoy");
    if (!(await isExecutable(path))) continue;
    const probe = await probeEnvoy(path);
    if ("fault" in probe || !isNewEnough(probe.version)) return undefined;
    return { path, version: probe.version, source: "PATH" };
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** The cached Envoy if it is the pinned one and runs. */
async function probeCached(path: string): Promise<FoundEnvoy | undefined> {
  if (!(await isExecutable(path))) return undefined;
  const probe = await probeEnvoy(path);
  const runs = "version" in probe && probe.version === pinnedVersion;
  return runs ? { path, version: probe.version, source: "cache" } : undefined;
}
