/** The npm package as it is published, installed in a project outside the tree, without a network. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { packageRoot } from "../../scripts/cli/paths.js";

const run = promisify(execFile);

export interface Ran {
  status: number;
  stdout: string;
  stderr: string;
}

/** A folder of somebody's, with Argot among its packages. */
export class Project {
  private constructor(readonly folder: string) {}

  static async create(): Promise<Project> {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "argot-project-")));
    const modules = join(folder, "node_modules");
    mkdirSync(modules);
    const pack = ["pack", packageRoot, "--silent", "--ignore-scripts"];
    const { stdout } = await run("npm", pack, { cwd: folder });
    const tarball = join(folder, stdout.trim());
    await run("tar", ["-xzf", tarball, "-C", modules]);
    rmSync(tarball);
    renameSync(join(modules, "package"), join(modules, "argot"));
    for (const name of ["assemblyscript", "binaryen"]) {
      symlinkSync(realpathSync(join(packageRoot, "node_modules", name)), join(modules, name));
    }
    return new Project(folder);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Runs the installed `argot` in the project. */
  async argot(...args: string[]): Promise<Ran> {
    const program = this.path("node_modules/argot/dist/argot.mjs");
    try {
      const ran = await run(process.execPath, [program, ...args], { cwd: this.folder });
      return { status: 0, ...ran };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { status: code, stdout, stderr };
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
