/** Why a request got an error reply, as its message says it. Encoded once: replies allocate nothing. */
import { Refusal } from "../stats";

const UNREADABLE = String.UTF8.encode("argot: the request can't be read");
const FRAME_TOO_LONG = String.UTF8.encode("argot: the frame is too long");
const METADATA_TOO_LONG = String.UTF8.encode("argot: the request's metadata are too long");
const UNCHANGEABLE = String.UTF8.encode("argot: the request's attachments can't be changed");
const TOO_MANY_LANES = String.UTF8.encode("argot: too many lanes on one connection");
const TOO_MANY_REQUESTS = String.UTF8.encode("argot: too many requests in flight");
export const DRAINING = String.UTF8.encode("argot: the listener is draining");
export const REFUSED = String.UTF8.encode("argot: refused by the proxy");
export const LANE_RESET = String.UTF8.encode("argot: the lane was reset");
export const SERVER_BROKE = String.UTF8.encode("argot: the connection to the server broke");
export const SERVER_CLOSED = String.UTF8.encode("argot: the server closed the connection");
export const NO_FRAME = String.UTF8.encode(
  "argot: the server's answer is no frame of the protocol",
);
export const NOT_HTTP2 = String.UTF8.encode("argot: what stands behind the filter is not HTTP/2");

/** What a client whose request reaches no lane is told. */
export function refusalText(reason: Refusal): ArrayBuffer {
  switch (reason) {
    case Refusal.OVERSIZE:
      return FRAME_TOO_LONG;
    case Refusal.UNREADABLE:
      return UNREADABLE;
    case Refusal.METADATA:
      return METADATA_TOO_LONG;
    case Refusal.ATTACHMENTS:
      return UNCHANGEABLE;
    case Refusal.LANES:
      return TOO_MANY_LANES;
    case Refusal.IN_FLIGHT:
      return TOO_MANY_REQUESTS;
    default:
      return DRAINING;
  }
}

/** As an HTTP status: whether the request itself is to blame, or what there is of others. */
export function refusalStatus(reason: Refusal): u32 {
  return reason <= Refusal.ATTACHMENTS ? 400 : 503;
}
