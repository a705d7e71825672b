/** What the filter counts, in Envoy's statistics as `wasmcustom.argot.<name>.<what>`. */
import { add, counter, gauge } from "../host/metrics";

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
}

export class Stats {
  readonly connections: u32;
  readonly connectionsActive: u32;
  readonly requests: u32;
  readonly oneways: u32;
  readonly responses: u32;
  readonly heartbeats: u32;
  /** Requests that the filter answered with the protocol's error reply. */
  readonly errorReplies: u32;
  /** Of those: requests that never reached a lane. */
  readonly requestsRefused: u32;
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
  private readonly closed: StaticArray<u32> = new StaticArray<u32>(7);

  constructor(name: string) {
    const prefix = "argot." + name + ".";
    this.connections = counter(prefix + "connections");
    this.connectionsActive = gauge(prefix + "connections_active");
    this.requests = counter(prefix + "requests");
    this.oneways = counter(prefix + "oneways");
    this.responses = counter(prefix + "responses");
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
    const closed = prefix + "connections_closed.";
    this.closed[CloseReason.MALFORMED] = counter(closed + "malformed");
    this.closed[CloseReason.OVERSIZE] = counter(closed + "oversize");
    this.closed[CloseReason.HTTP2] = counter(closed + "http2");
    this.closed[CloseReason.BUFFER] = counter(closed + "buffer");
    this.closed[CloseReason.DRAINED] = counter(closed + "drained");
    this.closed[CloseReason.UNROUTED] = counter(closed + "unrouted");
    this.closed[CloseReason.TRUNCATED] = counter(closed + "truncated");
  }

  countClose(reason: CloseReason): void {
    add(this.closed[reason], 1);
  }
}
