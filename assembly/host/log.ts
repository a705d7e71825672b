import { proxy_log } from "./imports";

export enum LogLevel {
  DEBUG = 1,
  INFO = 2,
  WARN = 3,
  ERROR = 4,
  CRITICAL = 5,
}

/** Writes a line to Envoy's log (component `wasm`). Allocates: not for the hot path. */
export function log(level: LogLevel, message: string): void {
  const text = String.UTF8.encode(message);
  proxy_log(level, changetype<usize>(text), text.byteLength);
}
