/** Which version of Argot a module was built from, written into the module itself. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../cli/paths.js";
import { sectionIn, withSection } from "./section.js";

const NAME = "argot.version";

/** `wasm` with a section that has the version of the Argot that builds it. */
export function withVersion(wasm: Uint8Array): Buffer {
  const { version } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as {
    version: string;
  };
  return withSection(wasm, NAME, version);
}

/** The version of Argot that `wasm` says it is; undefined if it does not say. */
export function versionIn(wasm: Uint8Array): string | undefined {
  return sectionIn(wasm, NAME);
}
