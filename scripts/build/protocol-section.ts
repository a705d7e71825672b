/**
 * Which protocols a module speaks, written into the module itself, so that `argot run --wasm` and
 * `argot validate --wasm` know them.
 */
import { readFileSync } from "node:fs";
import { messageOf, UserError } from "../cli/error.js";
import { sectionIn, withSection } from "./section.js";

const NAME = "argot.protocols";

/** `wasm` with a section that lists `protocols`. */
export function withProtocols(wasm: Uint8Array, protocols: readonly string[]): Buffer {
  return withSection(wasm, NAME, JSON.stringify(protocols));
}

/**
 * The protocols that the module in `file` lists; undefined: none are listed, as in the standard
 * module.
 * @throws UserError if it is no module
 */
export function protocolsIn(file: string): string[] | undefined {
  try {
    const text = sectionIn(readFileSync(file), NAME);
    return text === undefined ? undefined : (JSON.parse(text) as string[]);
  } catch (cause) {
    const remedy = "Name a module that `argot build` made.";
    throw new UserError(`can't be read (${messageOf(cause)})`, { file, remedy, cause });
  }
}
