/**
 * Which protocols a module speaks, written into the module itself: a custom section, which Envoy
 * does not read, so that `argot run --wasm` and `argot validate --wasm` know them.
 */
import { readFileSync } from "node:fs";
import { messageOf, UserError } from "../cli/error.js";
import { unsigned } from "./pack-data.js";

const NAME = "argot.protocols";

/** `wasm` with a section that lists `protocols`. */
export function withProtocols(wasm: Uint8Array, protocols: readonly string[]): Buffer {
  const name = Buffer.from(NAME);
  const text = Buffer.from(JSON.stringify(protocols));
  const content = Buffer.concat([Buffer.from(unsigned(name.length)), name, text]);
  return Buffer.concat([wasm, Buffer.from([0, ...unsigned(content.length)]), content]);
}

/**
 * The protocols that the module in `file` lists; undefined: none are listed, as in the standard
 * module.
 * @throws UserError if it is no module
 */
export function protocolsIn(file: string): string[] | undefined {
  try {
    const module = new WebAssembly.Module(readFileSync(file));
    const [section] = WebAssembly.Module.customSections(module, NAME);
    if (section === undefined) return undefined;
    return JSON.parse(Buffer.from(section).toString()) as string[];
  } catch (cause) {
    const remedy = "Name a module that `argot build` made.";
    throw new UserError(`can't be read (${messageOf(cause)})`, { file, remedy, cause });
  }
}
