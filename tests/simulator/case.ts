/** What a simulation is made of: lives of connections, and steps. All of it survives JSON. */
import { ROUTE_ON, ROUTE_ON_HEAD } from "../property/calls.js";
import { type Call, MAX_FRAME } from "./frames.js";
import { LaneKeys } from "./lane-key.js";

/** One client's connection, before anything happens. */
export interface Setup {
  /** Index in PLUGINS. */
  plugin: number;
  calls: Call[];
  /** The first request id: 32 bits each; they are counted up. */
  idHigh: number;
  idLow: number;
  settings?: { initialWindow?: number; maxConcurrentStreams?: number; maxFrameSize?: number };
  connectionWindow: number;
  windows: "at once" | "late";
  writes: "frames" | "all" | "manual";
  halfClose: boolean;
  /** The route has two clusters: the weight of the first of 100; 0: Envoy throws dice. */
  weights?: number;
  /** Upstreams answer as soon as they have got a request. */
  eager: boolean;
}

/** Who dies how: `noise` is an upstream whose bytes are no frames. */
export const DEATHS = ["end", "reset", "refuse", "local", "local body", "noise"] as const;
export type Death = (typeof DEATHS)[number];
/** What an upstream may say besides answers; `twice`: an answer that it has given already. */
export const SAYINGS = ["heartbeat", "readonly", "stray", "twice"] as const;
export type Saying = (typeof SAYINGS)[number];

/** One event in the life with this index. Picks count modulo what there is. */
export type Step = { life: number } & (
  | { do: "send"; bytes: number }
  /** The rest of the current frame, and then further whole ones. */
  | { do: "sendFrames"; frames: number }
  /** `cut`: after so many bytes the upstream takes a breath. */
  | { do: "answer"; pick: number; size: number; pieces: number[]; cut?: number }
  | { do: "flush"; bytes: number }
  | { do: "wait"; ms: number }
  | { do: "grant"; pick: number; bytes: number }
  | { do: "kill"; pick: number; how: Death }
  | { do: "say"; pick: number; what: Saying }
  | { do: "ping" }
  | { do: "window"; bytes: number }
  /** The listener begins to drain, and ends it: no more lanes. */
  | { do: "notice" }
  | { do: "goaway" }
  /** The client is gone, whatever was in flight. */
  | { do: "leave" }
  /** All is brought to its end, and everything must be in order. */
  | { do: "settle" }
);

export interface Case {
  lives: Setup[];
  steps: Step[];
}

/** The plugins that share a VM. Where clients leave at will, counters are known less exactly. */
export const PLUGINS = [
  { spread: 1 },
  { spread: 3, maxRequests: 4 },
  { maxRequests: 1 },
  { spread: 2, maxAgeSeconds: 1, idleSeconds: 1 },
  { maxLanes: 2, maxRequests: 2 },
  { spread: 4, maxLanes: 3, idleSeconds: 1 },
].flatMap((lanes) => [false, true].map((fickle) => plugin(lanes, fickle, ROUTE_ON)));

// What is routed on stands at the beginning of requests: long ones go on before they are whole.
PLUGINS.push(
  plugin({ spread: 2, maxRequests: 3 }, false, ROUTE_ON_HEAD),
  plugin({ spread: 2, idleSeconds: 1 }, true, ROUTE_ON_HEAD),
);

type Lanes = { [field: string]: number; maxLanes?: number };

export interface PluginSpec {
  name: string;
  /** Clients may leave at any time. */
  fickle: boolean;
  /** Requests may be refused for want of lanes. */
  limited: boolean;
  keys: LaneKeys;
  configuration: object;
}

function plugin(lanes: Lanes, fickle: boolean, routeOn: string[]): PluginSpec {
  const kind = `${routeOn.length}${fickle ? "fickle" : ""}`;
  const name = `sim${Object.entries(lanes).flat().join("")}-${kind}`;
  return {
    name,
    fickle,
    limited: lanes.maxLanes !== undefined,
    keys: new LaneKeys(routeOn),
    configuration: {
      protocol: "dubbo",
      mode: "lanes",
      name,
      routeOn,
      maxFrameBytes: MAX_FRAME,
      lanes,
    },
  };
}
