/**
 * Limits of connections and the watch over servers. A lane takes one TCP connection of Envoy's TCP
 * pool, so limits of HTTP pools mean nothing; and it is answered 200 as soon as it is connected.
 */
import type { Field } from "./field.js";
import type { Spoken } from "./mesh.js";
import type { Notes } from "./notes.js";

/** Default of `lanes.spread`. */
const SPREAD = 4;

/** Fields of `connectionPool.http` without any effect on lanes. */
const useless: Record<string, string> = {
  http2MaxRequests: "Drop it; the lanes of a client connection are limited by `lanes.maxLanes`.",
  maxRequestsPerConnection: "Write `lanes.maxRequests` in the ApplicationProtocol.",
  idleTimeout: "Write `lanes.idleSeconds` in the ApplicationProtocol.",
  maxConcurrentStreams: "Write `lanes.maxLanes` in the ApplicationProtocol.",
  useClientProtocol: "Drop it: the client's bytes reach the server as they are anyhow.",
};

export function checkConnectionPool(pool: Field, lanes: Spoken[], notes: Notes): void {
  const http = pool.at("http");
  for (const [name, remedy] of Object.entries(useless)) {
    const field = http.at(name);
    if (!field.exists || field.value === 0 || field.value === false) continue;
    notes.warning(field.key, "does nothing: a lane is a TCP connection to the server", remedy);
  }
  const upgrade = http.at("h2UpgradePolicy");
  if (upgrade.text === "UPGRADE") {
    const message =
      "does nothing: the port is HTTP/2 already, and servers get the protocol's bytes";
    notes.warning(upgrade, message, "Drop it.");
  }
  const spread = Math.max(...lanes.map(({ protocol }) => protocol.lanes?.spread ?? SPREAD));
  const pending = http.at("http1MaxPendingRequests");
  if (pending.number !== undefined && pending.number > 0 && pending.number < spread) {
    const message = `is ${pending.number}: more lanes that wait for their connections are refused`;
    const remedy = `Leave it out, or write many times \`lanes.spread\` (${spread}).`;
    notes.warning(pending, message, remedy);
  }
  checkMaxConnections(pool.at("tcp", "maxConnections"), spread, notes);
}

function checkMaxConnections(field: Field, spread: number, notes: Notes): void {
  const { number } = field;
  if (number === undefined || number <= 0 || number >= 2 * spread) return;
  const message = `is ${number}, but each lane is a connection, and a routing key has up to ${spread}`;
  if (number < spread) {
    const remedy =
      "Write many more than there are routing keys times `lanes.spread`, or less spread.";
    notes.error(field, `${message}: the others wait without end`, remedy);
  } else {
    const remedy = `Write at least ${2 * spread} for each routing key.`;
    notes.warning(field, `${message}, and as many again while they are replaced`, remedy);
  }
}

/** @param detection `outlierDetection` */
export function checkOutliers(detection: Field, notes: Notes): void {
  const isSplit = detection.at("splitExternalLocalOriginErrors").value === true;
  const local = detection.at("consecutiveLocalOriginFailures");
  if (local.exists && !isSplit) {
    const remedy = "Add `splitExternalLocalOriginErrors: true`.";
    notes.warning(local.key, "counts only with `splitExternalLocalOriginErrors`", remedy);
  }
  const first = ["consecutive5xxErrors", "consecutiveGatewayErrors", "consecutiveErrors"].find(
    (name) => (detection.at(name).number ?? 0) > 0,
  );
  if (first === undefined) return;
  const field = detection.at(first).key;
  const remedy =
    "Write `consecutiveLocalOriginFailures` and `splitExternalLocalOriginErrors: true`.";
  if (isSplit) {
    const message =
      "counts nothing: with `splitExternalLocalOriginErrors` failed connections are local failures";
    if (!local.exists) notes.warning(field, message, remedy);
    return;
  }
  const message =
    "counts failed connections only: an answer of the protocol is a 200, error or not";
  notes.warning(field, message, remedy);
}
