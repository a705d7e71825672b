/** Why a request got an error reply, as its message says it. Encoded once: replies allocate nothing. */

export const UNREADABLE = String.UTF8.encode("argot: the request can't be read");
export const FRAME_TOO_LONG = String.UTF8.encode("argot: the frame is too long");
export const METADATA_TOO_LONG = String.UTF8.encode("argot: the request's metadata are too long");
export const TOO_MANY_LANES = String.UTF8.encode("argot: too many lanes on one connection");
export const DRAINING = String.UTF8.encode("argot: the listener is draining");
export const REFUSED = String.UTF8.encode("argot: refused by the proxy");
export const LANE_RESET = String.UTF8.encode("argot: the lane was reset");
export const SERVER_BROKE = String.UTF8.encode("argot: the connection to the server broke");
export const SERVER_CLOSED = String.UTF8.encode("argot: the server closed the connection");
export const NO_FRAME = String.UTF8.encode(
  "argot: the server's answer is no frame of the protocol",
);
export const NOT_HTTP2 = String.UTF8.encode("argot: what stands behind the filter is not HTTP/2");
