/** Rate limits, which Argot's filter does not have. */
import type { Field } from "./field.js";

const INSTEAD =
  "Argot's filter limits no rates yet. Limit in the servers, or bound what a connection may have " +
  "in flight (`lanes.maxInFlight`); rate limits of Envoy's HTTP filters would count lanes, not requests.";

export function noteLimits(spec: Field): void {
  const local = spec.at("localRateLimit");
  for (const part of [local.at("tokenBucket"), ...local.at("conditions").items()])
    part.none(INSTEAD);
  const global = spec.at("globalRateLimit");
  for (const [, part] of global.members()) part.none(INSTEAD);
}
