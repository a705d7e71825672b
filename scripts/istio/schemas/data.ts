/** The files that `npm run schemas` makes. */
import { readFileSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";

/**
 * Reads one of them. They lie beside this file, and beside the bundle that this file is part of:
 * the build copies them to dist/data.
 */
export function readData(name: string): unknown {
  const bytes = readFileSync(new URL(`./data/${name}`, import.meta.url));
  return JSON.parse(brotliDecompressSync(bytes).toString("utf8"));
}
