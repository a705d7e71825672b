/** What the filter itself says to bRPC clients. */
import { headSize, VARINT_SIZE, varintSize, writeBytes, writeHead, writeNumber } from "../protobuf";
import { FrameType } from "./meta";

/** bRPC's own error codes, of src/brpc/errno.proto. */
enum Errno {
  ENOSERVICE = 1001,
  EREQUEST = 1003,
  ERPCTIMEDOUT = 1008,
  EFAILEDSOCKET = 1009,
  EREJECT = 1018,
  ELIMIT = 2004,
}

/**
 * The nearest code to an HTTP status. Without a server, what a client says of its own broken
 * connection: like that and ELIMIT it is tried again, if the client does so. ELOGOFF would have it
 * avoid the proxy for all calls.
 */
function errnoOf(http: u32): Errno {
  switch (http) {
    case 400:
      return Errno.EREQUEST;
    case 403:
      return Errno.EREJECT;
    case 404:
      return Errno.ENOSERVICE;
    case 408:
    case 504:
      return Errno.ERPCTIMEDOUT;
    case 429:
      return Errno.ELIMIT;
    default:
      return Errno.EFAILEDSOCKET;
  }
}

/** Most bytes that one of the functions below writes. */
export function metaLimit(n: u32): u32 {
  return 3 * (VARINT_SIZE + 1) + 5 + n;
}

/** Writes the RpcMeta of a response that is an error; returns the address behind it. */
export function writeError(out: usize, id: u64, http: u32, message: usize, n: u32): usize {
  const code = <u64>errnoOf(http);
  out = writeHead(out, 2, 1 + varintSize(code) + headSize(2, n) + n);
  out = writeNumber(out, 1, code);
  out = writeBytes(out, 2, message, n);
  return writeNumber(out, 4, id);
}

/** Writes the StreamFrameMeta of the frame that breaks a stream off; returns the address behind it. */
export function writeReset(out: usize, streamId: u64): usize {
  return writeNumber(writeNumber(out, 1, streamId), 3, FrameType.RST);
}
