/** Numbers of the Proxy-Wasm ABI 0.2.1, as Envoy's host has them. */

export enum Result {
  Ok = 0,
  NotFound = 1,
  BadArgument = 2,
  InvalidMemoryAccess = 6,
  Unimplemented = 12,
}

export enum BufferKind {
  DownstreamData = 2,
  UpstreamData = 3,
  VmConfiguration = 6,
  PluginConfiguration = 7,
}

export enum StreamKind {
  Downstream = 2,
  Upstream = 3,
}

/** What a network filter's callback returns. */
export enum Action {
  Continue = 0,
  Pause = 1,
}

export enum CloseKind {
  Unknown = 0,
  Local = 1,
  Remote = 2,
}

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "critical"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const METRIC_KINDS = ["counter", "gauge", "histogram"] as const;
export type MetricKind = (typeof METRIC_KINDS)[number];
