/** What it means that one of the filter's counters is above zero (docs/limits.md). */
export interface Meaning {
  reason: string;
  remedy: string;
}

const CLIENT =
  "Look at the clients: the access log and `argot inspect` on a recording show what they send.";
const RAISE = (field: string) => `Raise \`${field}\`, or find the client that needs so much.`;
const SERVERS =
  "Look at the servers' logs, and at the access log's `%RESPONSE_FLAGS%` and `%UPSTREAM_TRANSPORT_FAILURE_REASON%`.";

/** By name; those that only say what happened, such as `connections_closed.drained`, are not here. */
export const MEANINGS: Readonly<Record<string, Meaning>> = {
  "requests_refused.oversize": {
    reason:
      "Frames were longer than `maxFrameBytes`: error reply (400), and the connection is closed.",
    remedy: RAISE("maxFrameBytes"),
  },
  "requests_refused.unreadable": {
    reason: "The metadata of requests can't be read: error reply (400).",
    remedy: `The client's serialization may be none that the codec reads (docs/codecs.md). ${CLIENT}`,
  },
  "requests_refused.metadata": {
    reason: "Routing keys were longer than `maxMetadataBytes`: error reply (400).",
    remedy: "Raise `maxMetadataBytes`, or take long attachments out of `routeOn`.",
  },
  "requests_refused.attachments": {
    reason: "Attachments could not be changed as the configuration asks: error reply (400).",
    remedy: "See in docs/codecs.md for which serializations `attachments` works.",
  },
  "requests_refused.lanes": {
    reason: "All of a connection's lanes were in use: error reply (503).",
    remedy:
      "Take keys with many values out of `routeOn`, or raise `lanes.maxLanes` and Envoy's `max_concurrent_streams`.",
  },
  "requests_refused.in_flight": {
    reason: "Too many requests of a connection waited for answers: error reply (503).",
    remedy: "Servers are too slow, or `lanes.maxInFlight` too low for these clients.",
  },
  "requests_refused.draining": {
    reason:
      "Clients stayed on a listener that drains, and sent requests of new keys: error reply (503).",
    remedy: "Let clients connect anew when they are told so; a longer drain gives them more time.",
  },
  "connections_closed.malformed": {
    reason: "What clients sent is not of this protocol.",
    remedy: `Another protocol may use the port. ${CLIENT}`,
  },
  "connections_closed.oversize": {
    reason: "Frames were longer than the limit.",
    remedy: RAISE("maxFrameBytes` or, in mode connection, `connection.maxFirstFrameBytes"),
  },
  "connections_closed.http2": {
    reason: "What stands behind the filter answered with something that is no HTTP/2.",
    remedy:
      "See that an HTTP connection manager with `codec_type: HTTP2` stands behind the filter, and that the port is `http2`.",
  },
  "connections_closed.buffer": {
    reason:
      "A connection held more than `lanes.maxBufferedBytes`: its client, or its servers, read too slowly.",
    remedy: RAISE("lanes.maxBufferedBytes"),
  },
  "connections_closed.unrouted": {
    reason: "Mode connection: no rule took the connection.",
    remedy: "Add a last rule without `match`.",
  },
  "connections_closed.limit": {
    reason: "More connections than `maxConnections` on one worker: closed at once.",
    remedy: RAISE("maxConnections"),
  },
  "connections_closed.broken": {
    reason: "Long answers broke off when the client had a part of them.",
    remedy: SERVERS,
  },
  "connections_closed.memory": {
    reason: "All connections of a worker together held more than `lanes.maxWorkerBytes`.",
    remedy: RAISE("lanes.maxWorkerBytes"),
  },
  lanes_failed: {
    reason:
      "Lanes were reset, refused, or closed by the server: each call that waited there got an error reply.",
    remedy: SERVERS,
  },
  error_replies: {
    reason: "The filter answered calls itself, with the protocol's error.",
    remedy: "The other findings, and the text in the error that clients see, say why.",
  },
  responses_unexpected: {
    reason: "Servers answered what nobody waits for, or twice; such answers are dropped.",
    remedy: SERVERS,
  },
  frames_dropped: {
    reason: "Frames that are neither requests nor answers were dropped.",
    remedy: CLIENT,
  },
};
