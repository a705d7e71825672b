/** What bench.ts and memory.ts run against: an echo server and one Envoy in front of it. */
import { join } from "node:path";
import { InvalidArgumentError } from "commander";
import { buildAll } from "../../scripts/build/build.js";
import { distDir, packageRoot } from "../../scripts/cli/paths.js";
import { findEnvoy } from "../../scripts/envoy/find.js";
import type { LaneLimits } from "../../scripts/protocol/model.js";
import { stopChild } from "../support/child.js";
import { Envoy } from "../support/envoy.js";
import { freePort } from "../support/ports.js";
import { Generator } from "./generator.js";
import { bootstrap, type Path, type Ports } from "./paths.js";

export interface SetupOptions {
  paths: readonly Path[];
  generator?: "go" | "node" | undefined;
  /** Module to load instead of dist/argot.wasm, which is built if it is not current. */
  wasm?: string | undefined;
  /** Limits of mode lanes that are not the defaults. */
  lanes?: LaneLimits;
}

export interface Setup {
  envoy: Envoy;
  envoyVersion: string;
  generator: Generator;
  ports: Ports;
}

/** Sets all up, does `work`, and leaves no process behind. */
export async function withSetup<T>(
  { paths, generator: kind, wasm, lanes }: SetupOptions,
  work: (setup: Setup) => Promise<T>,
): Promise<T> {
  const ours = paths.some((path) => path === "lanes" || path === "connection");
  if (ours && wasm === undefined) await buildAll(packageRoot, { only: ["argot.wasm"] });
  const generator = await Generator.get(kind);
  const { path: binary, version: envoyVersion } = await findEnvoy();
  const ports: Ports = {};
  for (const path of paths) ports[path] = await freePort();

  const echo = await generator.serve();
  try {
    const config = bootstrap(ports, echo.port, wasm ?? join(distDir, "argot.wasm"), lanes);
    const envoy = await Envoy.start(config, { binary, logLevel: "error" });
    try {
      return await work({ envoy, envoyVersion, generator, ports });
    } finally {
      await envoy.stop();
    }
  } finally {
    await stopChild(echo.child);
  }
}

/** For commander: a number above 0. */
export function toPositive(text: string): number {
  const value = Number(text.replaceAll("_", ""));
  if (!(value > 0)) throw new InvalidArgumentError("A number above 0 is needed.");
  return value;
}
