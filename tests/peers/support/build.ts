/**
 * Builds the programs of real frameworks, with all that they need, into the user's cache: once for
 * each state of their sources, and without a network from then on.
 */
import { execFile } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { cp, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { delimiter, join, relative } from "node:path";
import { promisify } from "node:util";
import { UserError } from "../../../scripts/cli/error.js";
import { note, Progress } from "../../../scripts/cli/output.js";
import { packageRoot } from "../../../scripts/cli/paths.js";
import { cacheDir, makeCache, withLock } from "../../../scripts/envoy/cache.js";

const run = promisify(execFile);

/** A client and a server that are built together. */
export interface Programs {
  /** The framework and its version; names the folder in the cache. */
  name: string;
  /** Where their sources are: a folder, from tests/peers/programs, and files and folders in it. */
  folder: string;
  sources: readonly string[];
  /** What must be on PATH to build and to run them: commands that only say their version. */
  tools: readonly string[];
  /** The commands that build them, run one after the other in a copy of the sources. */
  build: readonly (readonly string[])[];
  /** Milliseconds after which one command is taken to hang. Default 8 minutes. */
  patience?: number;
}

/** A command that takes longer hangs, unless its programs say that it needs more: milliseconds. */
const PATIENCE = 8 * 60_000;
/** What was built is kept so long, and what a build that was killed left. */
const KEPT = 30 * 24 * 3_600_000;
const WORKING = 3 * 3_600_000;

const env = {
  ...process.env,
  // The user's tools, not those of the project's packages, among which is an old npm.
  PATH: (process.env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => !folder.includes("node_modules"))
    .join(delimiter),
  ...{ CGO_ENABLED: "0", GOFLAGS: "", GOTOOLCHAIN: "local", GOWORK: "off" },
  ...{ PIP_DISABLE_PIP_VERSION_CHECK: "1", PIP_NO_INPUT: "1", PIP_REQUIRE_VIRTUALENV: "0" },
};

/** The tools that must be installed first; none if the programs are built already. */
export async function missingTools(programs: Programs): Promise<string[]> {
  if (existsSync(folderOf(programs))) return [];
  const lacking = await Promise.all(
    programs.tools.map(async (tool) => {
      const [command = "", ...args] = tool.split(" ");
      return run(command, args, { env }).then(
        () => [],
        () => [command],
      );
    }),
  );
  return lacking.flat();
}

/**
 * The folder with the built programs; builds them if they are not there. Safe to call from several
 * processes at once: one builds at a time, since the tools' own caches may not bear more.
 * @throws UserError with what the tool said if a build fails
 */
export async function built(programs: Programs): Promise<string> {
  const folder = folderOf(programs);
  if (existsSync(folder)) return folder;
  const root = peersDir();
  await makeCache(root);
  await withLock(
    join(root, "build.lock"),
    async () => {
      if (!existsSync(folder)) await build(programs, root, folder);
    },
    () => note(`${programs.name}: waiting for another build …`),
  );
  return folder;
}

async function build(programs: Programs, root: string, folder: string): Promise<void> {
  await removeOld(root);
  const work = join(root, `work-${randomUUID()}`);
  const progress = new Progress(`building the programs of ${programs.name}`);
  let result = "failed";
  try {
    await mkdir(work);
    for (const source of programs.sources) {
      await cp(join(sourceOf(programs), source), join(work, source), { recursive: true });
    }
    const timeout = programs.patience ?? PATIENCE;
    for (const [command = "", ...args] of programs.build) {
      progress.update(`${command} ${args.join(" ")}`);
      await run(command, args, { cwd: work, env, timeout, maxBuffer: 1 << 26 });
    }
    await rename(work, folder); // it appears whole or not at all
    result = "done";
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    const said = `${stdout}${stderr}`.trimEnd().split("\n").slice(-30).join("\n");
    throw new UserError(`the programs of ${programs.name} can't be built:\n${said}`, {
      remedy: "The first build needs a network, or mirrors that the tools are configured for.",
      cause: error,
    });
  } finally {
    await rm(work, { recursive: true, force: true });
    progress.end(result);
  }
}

async function removeOld(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const path = join(root, name);
    const { mtimeMs, isDirectory } = await stat(path).then(
      (stats) => ({ mtimeMs: stats.mtimeMs, isDirectory: stats.isDirectory() }),
      () => ({ mtimeMs: Date.now(), isDirectory: false }), // gone meanwhile
    );
    const limit = name.startsWith("work-") ? WORKING : KEPT;
    if (isDirectory && Date.now() - mtimeMs > limit) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

function peersDir(): string {
  return join(cacheDir(process.env, process.platform), "peers");
}

function sourceOf({ folder }: Programs): string {
  return join(packageRoot, "tests/peers/programs", folder);
}

/** The folder's name has a hash of all that the programs are made from. */
function folderOf(programs: Programs): string {
  const hash = createHash("sha256").update(JSON.stringify(programs));
  hash.update(`${process.platform} ${process.arch}`);
  const source = sourceOf(programs);
  const files = programs.sources.flatMap((name) => filesIn(join(source, name)));
  for (const file of files) hash.update(`${relative(source, file)}\0`).update(readFileSync(file));
  return join(peersDir(), `${programs.name}-${hash.digest("hex").slice(0, 16)}`);
}

/** The files in a folder, or the file itself, always in the same order. */
function filesIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
