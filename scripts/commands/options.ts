/** Values of command line options. */
import { InvalidArgumentError } from "commander";
import { protocolsIn } from "../build/protocol-section.js";
import { useProtocols } from "../protocol/schema.js";

/** Lets files name the protocols of the module `wasm`, where it says which it speaks. */
export function useModule(wasm: string | undefined): void {
  const names = wasm === undefined ? undefined : protocolsIn(wasm);
  if (names !== undefined) useProtocols(names);
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
