/** The user's cache, where the downloaded Envoy lives. */
import { randomUUID } from "node:crypto";
import { mkdir, open, rm, stat, utimes } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../cli/error.js";

/** Argot's folder in the user's cache: by XDG_CACHE_HOME, else where the system has it. */
export function cacheDir(env: NodeJS.ProcessEnv, os: string): string {
  const base = env.XDG_CACHE_HOME;
  // The XDG specification says that a relative path is to be ignored.
  if (base && isAbsolute(base)) return join(base, "argot");
  const home = env.HOME ?? homedir();
  return os === "darwin" ? join(home, "Library/Caches/argot") : join(home, ".cache/argot");
}

/** Makes the folder. Throws a UserError if that can't be done or it can't be written. */
export async function makeCache(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true });
    const file = join(dir, `.write.${randomUUID()}`);
    await (await open(file, "w")).close();
    await rm(file);
  } catch (error) {
    throw cacheError(dir, error);
  }
}

/** A failure to write to the cache, said so that the user can act upon it. */
export function cacheError(dir: string, cause: unknown): UserError {
  const { code } = cause as { code?: string };
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new UserError(`there is no space left in the cache ${dir}`, {
      remedy: "Free 200 MB there, or set XDG_CACHE_HOME to a folder with more space.",
      cause,
    });
  }
  return new UserError(`the cache ${dir} can't be written (${code ?? String(cause)})`, {
    remedy: "Make it writable, or set XDG_CACHE_HOME to a folder that is.",
    cause,
  });
}

/** A lock whose holder has not touched it for so long belongs to a process that died. */
const lockExpiresMs = 10_000;
const touchEveryMs = 1_000;

/**
 * Runs `work` while no other process runs under the same lock file. The lock saves a second
 * download; nothing breaks if two hold it, since what is made is renamed into place.
 * @param onWait called once if another process holds the lock
 */
export async function withLock<T>(
  file: string,
  work: () => Promise<T>,
  onWait: () => void,
): Promise<T> {
  for (let waited = false; !(await acquire(file)); waited = true) {
    if (!waited) onWait();
    await sleep(200);
  }
  const touch = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => undefined);
  }, touchEveryMs);
  try {
    return await work();
  } finally {
    clearInterval(touch);
    await rm(file, { force: true });
  }
}

async function acquire(file: string): Promise<boolean> {
  try {
    await (await open(file, "wx")).close();
    return true;
  } catch (error) {
    if ((error as { code?: string }).code !== "EEXIST") throw error;
  }
  const age = await stat(file).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0, // released meanwhile
  );
  if (age > lockExpiresMs) await rm(file, { force: true });
  return false;
}
