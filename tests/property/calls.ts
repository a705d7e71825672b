/** Calls of a client for properties: few keys, so that lanes are shared, and all sizes. */
import fc from "fast-check";
import type { Lane } from "../host/lane.js";
import * as dubbo from "../support/dubbo.js";

/** One call, as JSON can keep it; its request id is its place in the list. */
export interface CallSpec {
  kind: "call" | "oneway" | "heartbeat";
  key: number;
  /** Length of the one argument. */
  size: number;
}

/** Some of it lies behind the arguments: a request must be there whole. */
export const ROUTE_ON = ["service", "method", "group", "attachment.user"];
/** A long request can go on before it is there whole. */
export const ROUTE_ON_HEAD = ["service", "method"];

/** The metadata of each key; some lack what others have. */
export const KEYS: readonly { service: string; method: string; group?: string; user?: string }[] = [
  { service: "demo.Greeter", method: "hello" },
  { service: "demo.Greeter", method: "bye" },
  { service: "demo.Greeter", method: "hello", user: "alice" },
  { service: "demo.Greeter", method: "hello", group: "alice" },
  { service: "demo.Greeter", method: "hello", group: "g", user: "bob" },
  { service: "a.very.long.Service.name".repeat(8), method: "m" },
];

export const callSpec: fc.Arbitrary<CallSpec> = fc.record({
  kind: fc.oneof(
    { weight: 8, arbitrary: fc.constant("call" as const) },
    { weight: 2, arbitrary: fc.constant("oneway" as const) },
    { weight: 1, arbitrary: fc.constant("heartbeat" as const) },
  ),
  key: fc.nat({ max: KEYS.length - 1 }),
  size: fc.oneof(
    { weight: 6, arbitrary: fc.nat({ max: 60 }) },
    { weight: 3, arbitrary: fc.nat({ max: 2000 }) },
    { weight: 1, arbitrary: fc.nat({ max: 50_000 }) },
  ),
});

/** Ids straddle 2^63 and wrap around 2^64: they are unsigned. */
const FIRST_ID = 0xffff_ffff_ffff_fff0n;

export function idOf(index: number): bigint {
  return BigInt.asUintN(64, FIRST_ID + BigInt(index));
}

export function encodeCall({ kind, key, size }: CallSpec, index: number): Buffer {
  const id = idOf(index);
  if (kind === "heartbeat") return dubbo.heartbeat(id);
  const { service, method, group, user } = keyAt(key);
  return dubbo.request({
    id,
    service,
    method,
    ...(group !== undefined && { group }),
    args: [String.fromCharCode(97 + (index % 26)).repeat(size)],
    attachments: { "x-other": "1", ...(user !== undefined && { user }) },
    oneway: kind === "oneway",
  });
}

export function keyAt(key: number): (typeof KEYS)[number] {
  const k = KEYS[key];
  if (k === undefined) throw new Error(`no key ${key}`);
  return k;
}

/** What a lane is routed on: its headers but the number for weights, which differs each time. */
export function routed(lane: Lane): Record<string, string> {
  return Object.fromEntries(lane.headers.filter(([name]) => name !== "x-argot-random"));
}

/** The headers that a lane of this key must have, in any order. */
export function headersOf(key: number, routeOn = ROUTE_ON): Record<string, string> {
  const { service, method, group, user } = keyAt(key);
  return {
    ":method": "POST",
    ":scheme": "http",
    ":authority": "argot",
    ":path": `/${service}/${method}`,
    "x-argot-service": service,
    "x-argot-method": method,
    ...(routeOn.includes("group") && group !== undefined && { "x-argot-group": group }),
    ...(routeOn.includes("attachment.user") &&
      user !== undefined && { "x-argot-attachment-user": user }),
  };
}
