/** What a built module is: its hash, its version and what it speaks. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { contentsOf } from "../build/contents-section.js";
import { versionIn } from "../build/version-section.js";
import { hasCodec, protocols, type ProtocolName } from "../protocol/protocols.js";

/** A module that is to be delivered. */
export interface Module {
  /** Without folders. */
  name: string;
  wasm: Buffer;
  /** Hex digits. */
  sha256: string;
  /** Argot's version; undefined if Argot did not build it, or an Argot older than 0.1. */
  version: string | undefined;
  protocols: string[];
  /** Argot's own module: no codec in it is somebody else's. */
  standard: boolean;
}

/**
 * Reads the module in `file`.
 * @throws UserError if it can't be read or is no module
 */
export function readModule(file: string): Module {
  const own = contentsOf(file)?.protocols;
  const wasm = readFileSync(file);
  const version = versionIn(wasm);
  return {
    name: basename(file),
    wasm,
    sha256: createHash("sha256").update(wasm).digest("hex"),
    version,
    protocols: own ?? (Object.keys(protocols) as ProtocolName[]).filter(hasCodec),
    standard: own === undefined && version !== undefined,
  };
}
