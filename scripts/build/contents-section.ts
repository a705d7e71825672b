/**
 * What is in a module, written into the module itself, so that `argot run --wasm` and
 * `argot validate --wasm` know it.
 */
import { readFileSync } from "node:fs";
import { messageOf, UserError } from "../cli/error.js";
import type { FilterMode } from "./own-codecs.js";
import { sectionIn, withSection } from "./section.js";

const NAME = "argot.contents";

export interface Contents {
  /** The names of the protocols that it speaks. */
  protocols: string[];
  modes: readonly FilterMode[];
}

/** `wasm` with a section that lists its contents. */
export function withContents(wasm: Uint8Array, contents: Contents): Buffer {
  return withSection(wasm, NAME, JSON.stringify(contents));
}

/**
 * What the module in `file` says is in it; undefined: it says nothing, as the standard module.
 * @throws UserError if it is no module
 */
export function contentsOf(file: string): Contents | undefined {
  try {
    const text = sectionIn(readFileSync(file), NAME);
    return text === undefined ? undefined : (JSON.parse(text) as Contents);
  } catch (cause) {
    const remedy = "Name a module that `argot build` made.";
    throw new UserError(`can't be read (${messageOf(cause)})`, { file, remedy, cause });
  }
}
