/**
 * A real registry (distribution, as Debian packages it): the one at hand, or the one in Debian's
 * package, which is unpacked into the user's cache and not installed.
 */
import { execFile, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheDir, makeCache, withLock } from "../../../scripts/envoy/cache.js";
import { spawnOwned, stopChild } from "../../support/child.js";
import { freePort } from "../../support/ports.js";
import { until } from "../../support/wait.js";
import type { TokenServer } from "./token-server.js";

const run = promisify(execFile);

/**
 * The path of a registry: ARGOT_REGISTRY, else docker-registry on PATH, else the one of the
 * package, downloaded once.
 */
async function findRegistry(): Promise<string> {
  const named = process.env.ARGOT_REGISTRY;
  if (named) return named;
  if (spawnSync("docker-registry", ["--version"]).status === 0) return "docker-registry";
  const cache = cacheDir(process.env, process.platform);
  const target = join(cache, "docker-registry");
  if (existsSync(target)) return target;
  await makeCache(cache);
  await withLock(
    `${target}.lock`,
    async () => (existsSync(target) ? undefined : download(target)),
    () => undefined,
  );
  return target;
}

async function download(target: string): Promise<void> {
  const work = await mkdtemp(`${target}-`);
  const get = () => run("apt-get", ["download", "docker-registry"], { cwd: work });
  try {
    await get().catch(async () => {
      await run("apt-get", ["update"]); // no list of packages yet, or an old one
      await get();
    });
    const [file = ""] = (await readdir(work)).filter((name) => name.endsWith(".deb"));
    await run("dpkg-deb", ["--extract", file, "."], { cwd: work });
    await rename(join(work, "usr/bin/docker-registry"), target);
  } catch (cause) {
    const remedy = "put docker-registry on PATH, or name a registry by ARGOT_REGISTRY";
    throw new Error(`no registry can be had by apt-get: ${remedy}`, { cause });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The one user of a registry with a login. */
export const USER = { name: "argot", password: "secret" };
/** The password's hash by bcrypt, which is what the registry reads. */
const HTPASSWD = "argot:$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW\n";

export interface RegistryOptions {
  /** How the registry asks for a login. Default: anybody may push. */
  auth?: { basicRealm: string } | { tokens: TokenServer };
}

/** A registry on a port of 127.0.0.1, which forgets all when it is stopped. */
export class TestRegistry {
  private constructor(
    private readonly child: ChildProcess,
    private readonly dir: string,
    readonly port: number,
  ) {}

  static async start({ auth }: RegistryOptions = {}): Promise<TestRegistry> {
    const path = await findRegistry();
    const port = await freePort();
    const dir = await mkdtemp(join(tmpdir(), "argot-registry-"));
    const users = join(dir, "htpasswd");
    await writeFile(users, HTPASSWD);
    const config = {
      version: 0.1,
      log: { level: "error", accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(dir, "storage") } },
      http: { addr: `127.0.0.1:${port}` },
      ...(auth !== undefined && {
        auth:
          "tokens" in auth
            ? { token: auth.tokens.registryOptions }
            : { htpasswd: { realm: auth.basicRealm, path: users } },
      }),
    };
    await writeFile(join(dir, "config.yml"), JSON.stringify(config));
    const args = ["serve", join(dir, "config.yml")];
    const child = spawnOwned(path, args, { stdio: "ignore" });
    const registry = new TestRegistry(child, dir, port);
    const answers = async () => (await fetch(`http://127.0.0.1:${port}/v2/`)).status > 0;
    await until(answers, { what: `registry on port ${port}`, timeout: 30_000 });
    return registry;
  }

  async stop(): Promise<void> {
    await stopChild(this.child);
    await rm(this.dir, { recursive: true, force: true });
  }
}
