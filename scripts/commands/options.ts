/** Values of command line options. */
import { InvalidArgumentError } from "commander";
import { contentsOf } from "../build/contents-section.js";
import { useModes } from "../protocol/checks-module.js";
import { useProtocols } from "../protocol/schema.js";

/** Lets files name the protocols and modes of the module `wasm`, where it says which it has. */
export function useModule(wasm: string | undefined): void {
  const contents = wasm === undefined ? undefined : contentsOf(wasm);
  if (contents === undefined) return;
  useProtocols(contents.protocols);
  useModes(contents.modes);
}

/** A whole number from 0 to 65535. */
export function parsePort(text: string): number {
  return parseWhole(text, 65_535);
}

/** A whole number from 0 to `most`. */
export function parseWhole(text: string, most = Number.MAX_SAFE_INTEGER): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= most) return value;
  throw new InvalidArgumentError(`It must be a whole number from 0 to ${most}.`);
}
