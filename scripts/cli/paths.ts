/** Where the package's own files lie, run from its sources (tsx) or as the bundle in dist/. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of Argot's package.json. */
export const packageRoot = findRoot(dirname(fileURLToPath(import.meta.url)));

/** Where the build puts its results: argot.wasm, argot.debug.wasm, inspect.wasm, argot.mjs. */
export const distDir = join(packageRoot, "dist");

function findRoot(from: string): string {
  if (existsSync(join(from, "package.json"))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error("Argot's package.json is missing");
  return findRoot(parent);
}
