/** Remembers by content what was built from what, so that nothing is built twice. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, relative } from "node:path";

/** What an output was made of, and what came out, as hashes. */
interface Stamp {
  inputs: string;
  output: string;
  /** What the build says about it. */
  summary: string;
}

/** The stamps of one dist/ folder, kept in a file of their own. */
export class Stamps {
  private constructor(
    private readonly dir: string,
    private readonly stamps: Record<string, Stamp>,
  ) {}

  static async load(dir: string): Promise<Stamps> {
    try {
      const text = await readFile(join(dir, stampFile), "utf8");
      return new Stamps(dir, JSON.parse(text) as Record<string, Stamp>);
    } catch {
      // None yet, or half a file: then everything is built.
      return new Stamps(dir, {});
    }
  }

  /** The summary of `output` if it was made of `inputs` and still is what was made. */
  async current(output: string, inputs: string): Promise<string | undefined> {
    const stamp = this.stamps[output];
    const file = join(this.dir, output);
    if (stamp?.inputs !== inputs || !existsSync(file)) return undefined;
    return stamp.output === hashOf(await readFile(file)) ? stamp.summary : undefined;
  }

  async record(output: string, inputs: string, summary: string): Promise<void> {
    const made = hashOf(await readFile(join(this.dir, output)));
    this.stamps[output] = { inputs, output: made, summary };
    const temporary = join(this.dir, `${stampFile}.${process.pid}`);
    await writeFile(temporary, JSON.stringify(this.stamps, null, 2));
    await rename(temporary, join(this.dir, stampFile));
  }
}

const stampFile = ".build.json";

function hashOf(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * One hash over the names and contents of all source files under `paths`, and over the versions
 * of `packages`, the tools that turn them into the output.
 * @param paths files or folders, relative to `root`; missing ones count as empty
 */
export async function hashInputs(
  root: string,
  paths: readonly string[],
  packages: readonly string[],
): Promise<string> {
  const files = (await Promise.all(paths.map((path) => sources(join(root, path))))).flat().sort();
  const hash = createHash("sha256");
  for (const file of files) {
    hash.update(`${relative(root, file)}\0${hashOf(await readFile(file))}\n`);
  }
  for (const name of packages) hash.update(`${name} ${await versionOf(name)}\n`);
  return hash.digest("hex");
}

async function sources(path: string): Promise<string[]> {
  if (!existsSync(path)) return [];
  if (/\.[a-z]+$/.test(path)) return [path];
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && /\.(ts|json|yaml)$/.test(entry.name))
    .filter((entry) => !/__tests__/.test(entry.parentPath))
    .map((entry) => join(entry.parentPath, entry.name));
}

async function versionOf(name: string): Promise<string> {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  for (const folder of folders) {
    const file = join(folder, name, "package.json");
    if (!existsSync(file)) continue;
    const { version } = JSON.parse(await readFile(file, "utf8")) as { version: string };
    return version;
  }
  return "missing";
}
