/**
 * `npm run build`: the same as `argot build`, before there is an argot. Of the sources only the
 * program is made, and that makes the rest: loaded by tsx, the compilers, of 15 MB, would take ten
 * times as long to load.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { buildAll } from "./build/build.js";
import { distDir, packageRoot } from "./cli/paths.js";

await buildAll(packageRoot, { only: ["argot.mjs"] });
const args = [join(distDir, "argot.mjs"), "build", ...process.argv.slice(2)];
const { status, error } = spawnSync(process.execPath, args, { stdio: "inherit" });
if (error !== undefined) throw error;
process.exitCode = status ?? 1;
