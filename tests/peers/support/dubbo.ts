/** The programs of Apache Dubbo. */
import { java } from "./java.js";
import type { Program } from "./peer.js";

/** A consumer takes the machine's own address for 127.0.0.1, unless it is told that it has none. */
const flags = ["-Ddubbo.network.interface.ignored=.*"];

/**
 * The client of a version, which makes heartbeats every second, and the server, which does so in
 * its own time: it closes a connection on which nothing came for three times as long, and a lane
 * has its own life.
 */
export function dubbo(version: string, ...options: string[]): { client: Program; server: Program } {
  const { server } = java("dubbo", version, options, flags);
  return { client: java("dubbo", version, ["heartbeat=1000", ...options], flags).client, server };
}
