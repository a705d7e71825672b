/** Writes the files that Envoy watches, and waits until it has taken them over. */
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../cli/error.js";
import type { DynamicFiles, Watched } from "./emit/dynamic.js";

/** What is asked of the Envoy that watches. */
interface Watcher {
  /** The value of one of Envoy's text-readout statistics. */
  text(name: string): Promise<string | undefined>;
  /** The last lines of Envoy's log. */
  log(): string;
}

const TAKEN_WITHIN = 5_000;

export class WatchedFiles {
  private version = 0;
  private now: DynamicFiles | undefined;
  /** By file, what is in it and as which version. */
  private readonly written = new Map<string, { contents: string; version: string }>();

  constructor(private readonly directory: string) {}

  /** Writes everything, before Envoy starts. */
  writeAll(files: DynamicFiles): void {
    for (const file of [files.clusters, ...files.rules, files.listeners]) this.write(file);
    this.now = files;
  }

  /**
   * Waits until Envoy works with the rules that `writeAll` wrote: it gets ready without a plugin
   * that can't be loaded, and would close every connection.
   * @throws UserError with Envoy's log if it does not
   */
  async ready(envoy: Watcher): Promise<void> {
    for (const file of this.now?.rules ?? []) await this.taken(file, envoy);
  }

  /**
   * Writes what differs from before, so that no route ever names a cluster that is not there:
   * new clusters first, then rules and listeners, old clusters last.
   * @returns titles of what changed
   * @throws UserError if Envoy refuses a file or does not take it over in time
   */
  async update(files: DynamicFiles, envoy: Watcher): Promise<string[]> {
    const before = this.now ?? files;
    const listenersBefore = new Set(before.rules.map(({ file }) => file));
    const changed = new Set<string>();
    const apply = async (file: Watched, isWatched = true) => {
      if (!this.write(file)) return;
      changed.add(file.title);
      if (isWatched) await this.taken(file, envoy);
    };
    await apply({ ...files.clusters, resources: union(files.clusters, before.clusters) });
    for (const file of files.rules) await apply(file, listenersBefore.has(file.file));
    await apply(files.listeners);
    await apply(files.clusters);
    for (const { file } of before.rules) {
      if (files.rules.some((other) => other.file === file)) continue;
      rmSync(join(this.directory, file), { force: true });
      this.written.delete(file);
    }
    this.now = files;
    return [...changed];
  }

  /** Writes a file if its contents are new. Envoy sees the rename. */
  private write({ file, resources }: Watched): boolean {
    const contents = JSON.stringify(resources);
    if (this.written.get(file)?.contents === contents) return false;
    const version = String(++this.version);
    this.written.set(file, { contents, version });
    const path = join(this.directory, file);
    const text = JSON.stringify({ version_info: version, resources }, null, 1);
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
    return true;
  }

  private async taken({ file, stat, title }: Watched, envoy: Watcher): Promise<void> {
    const version = this.written.get(file)?.version;
    const end = Date.now() + TAKEN_WITHIN;
    while (Date.now() < end) {
      if ((await envoy.text(stat)) === version) return;
      await sleep(10);
    }
    this.written.delete(file);
    throw new UserError(`Envoy did not take over the ${title}:\n${envoy.log()}`, {
      remedy: "Its log above says why.",
    });
  }
}

/** The new clusters and those old ones whose names are not among them. */
function union(files: Watched, before: Watched): Watched["resources"] {
  const names = new Set(files.resources.map(({ name }) => name));
  return [...files.resources, ...before.resources.filter(({ name }) => !names.has(name))];
}
