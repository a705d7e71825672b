/** What the filter counts, in Envoy's statistics as `wasmcustom.argot.<name>.<what>`. */
import { add, counter, gauge } from "../host/metrics";
import { BUILD_LABELS } from "./version";

/** Why a connection was closed: by the filter, or before its time by the client. */
export enum CloseReason {
  /** The client's bytes are no frames of the protocol. */
  MALFORMED,
  /** A frame longer than maxFrameBytes. */
  OVERSIZE,
  /** What stands behind the filter speaks no HTTP/2, or speaks it wrongly. */
  HTTP2,
  /** More than maxBufferedBytes are held back by flow control. */
  BUFFER,
  /** The listener drains and nothing is in flight. */
  DRAINED,
  /** Mode connection: no rule takes the connection. */
  UNROUTED,
  /** The client closed it in the middle of a frame. */
  TRUNCATED,
  /** maxConnections are open on this worker already. */
  LIMIT,
  /** A long response broke off when the client had a part of it. */
  BROKEN,
  /** All connections of this worker together hold more than maxWorkerBytes, this one much of it. */
  MEMORY,
}
const CLOSE_REASONS = [
  "malformed",
  "oversize",
  "http2",
  "buffer",
  "drained",
  "unrouted",
  "truncated",
  "limit",
  "broken",
  "memory",
];

/** Why a request reaches no lane; the client is told so (lanes/reasons.ts). */
export enum Refusal {
  /** The frame is longer than maxFrameBytes. */
  OVERSIZE,
  /** Its metadata can't be read. */
  UNREADABLE,
  /** Its routing key is longer than maxMetadataBytes. */
  METADATA,
  /** Its attachments can't be changed as the configuration asks. */
  ATTACHMENTS,
  /** It needs a further lane, of which maxLanes (or what the HCM allows) are in use. */
  LANES,
  /** maxInFlight requests of its connection wait for their answers. */
  IN_FLIGHT,
  /** The listener drains, and no lane has its key. */
  DRAINING,
}
const REFUSALS = [
  "oversize",
  "unreadable",
  "metadata",
  "attachments",
  "lanes",
  "in_flight",
  "draining",
];

export class Stats {
  /** How many times this configuration is loaded: once a worker, and once in the main thread. */
  readonly loaded: u32;
  readonly connections: u32;
  readonly connectionsActive: u32;
  /** Those that go through untouched: tcp_proxy stands behind the filter. */
  readonly connectionsPassed: u32;
  readonly requests: u32;
  readonly oneways: u32;
  readonly responses: u32;
  /** Streams that were begun. */
  readonly streams: u32;
  readonly heartbeats: u32;
  /** Requests that the filter answered with the protocol's error reply. */
  readonly errorReplies: u32;
  /** Of those: requests that never reached a lane. */
  private readonly requestsRefused: u32;
  /** Responses that no request of their lane waited for; dropped. */
  readonly responsesUnexpected: u32;
  /** Frames that are neither requests nor answers and go nowhere, e.g. a client's events. */
  readonly framesDropped: u32;
  readonly upstreamHeartbeats: u32;
  readonly upstreamGoodbyes: u32;
  /** Clients that were told, when the listener drained, to go elsewhere. */
  readonly goodbyes: u32;
  readonly lanesOpened: u32;
  readonly lanesActive: u32;
  /** Lanes that ended before they were given up: reset, refused, closed by the server. */
  readonly lanesFailed: u32;
  private readonly closed: u32[];
  private readonly refused: u32[];

  constructor(name: string, revision: string) {
    const prefix = "argot." + name + ".";
    this.loaded = gauge(prefix + BUILD_LABELS + revision + ";.;build_info");
    this.connections = counter(prefix + "connections");
    this.connectionsActive = gauge(prefix + "connections_active");
    this.connectionsPassed = counter(prefix + "connections_passed");
    this.requests = counter(prefix + "requests");
    this.oneways = counter(prefix + "oneways");
    this.responses = counter(prefix + "responses");
    this.streams = counter(prefix + "streams");
    this.heartbeats = counter(prefix + "heartbeats");
    this.errorReplies = counter(prefix + "error_replies");
    this.requestsRefused = counter(prefix + "requests_refused");
    this.responsesUnexpected = counter(prefix + "responses_unexpected");
    this.framesDropped = counter(prefix + "frames_dropped");
    this.upstreamHeartbeats = counter(prefix + "upstream_heartbeats");
    this.upstreamGoodbyes = counter(prefix + "upstream_goodbyes");
    this.goodbyes = counter(prefix + "goodbyes");
    this.lanesOpened = counter(prefix + "lanes_opened");
    this.lanesActive = gauge(prefix + "lanes_active");
    this.lanesFailed = counter(prefix + "lanes_failed");
    this.closed = counters(prefix + "connections_closed.", CLOSE_REASONS);
    this.refused = counters(prefix + "requests_refused.", REFUSALS);
  }

  countClose(reason: CloseReason): void {
    add(unchecked(this.closed[reason]), 1);
  }
  countRefusal(reason: Refusal): void {
    add(this.requestsRefused, 1);
    add(unchecked(this.refused[reason]), 1);
  }
}

function counters(prefix: string, names: string[]): u32[] {
  const ids: u32[] = [];
  for (let i = 0; i < names.length; i++) ids.push(counter(prefix + names[i]));
  return ids;
}
