/** Values of command line options. */
import { InvalidArgumentError } from "commander";

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
