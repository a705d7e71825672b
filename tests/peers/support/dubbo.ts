/** The programs of Apache Dubbo. */
import { java } from "./java.js";
import type { Program } from "./peer.js";

/** A consumer takes the machine's own address for 127.0.0.1, unless it is told that it has none. */
const flags = ["-Ddubbo.network.interface.ignored=.*"];

/** Clients and servers of a version, which make heartbeats every second. */
export function dubbo(version: string, ...options: string[]): { client: Program; server: Program } {
  return java("dubbo", version, ["heartbeat=1000", ...options], flags);
}
