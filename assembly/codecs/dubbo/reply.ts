/** What the filter itself says to Dubbo clients, in the serialization of their request. */
import { Body, bodyOf } from "./body";
import { Status } from "./protocol";

/** Longest text of an error message, in bytes as sent; what exceeds it is cut off. */
const MOST: u32 = 32768;
/** Most bytes before the text, or of a null. */
const AROUND: u32 = 64;

/** Most bytes that `writeMessage` writes for `n` bytes of UTF-8, and `writeNull` with n = 0. */
export function messageLimit(n: u32): u32 {
  return AROUND + <u32>min<u64>((<u64>n * 3) / 2, MOST);
}

/** Dubbo's nearest status to an HTTP status. */
export function statusOf(http: u32): Status {
  switch (http) {
    case 400:
      return Status.BAD_REQUEST;
    case 403:
      return Status.SERVICE_ERROR;
    case 404:
      return Status.SERVICE_NOT_FOUND;
    case 408:
    case 504:
      return Status.SERVER_TIMEOUT;
    case 429:
      return Status.SERVER_THREADPOOL_EXHAUSTED;
    default:
      return Status.SERVER_ERROR;
  }
}

/** Writes `n` bytes of UTF-8 as a string; nothing in a serialization that is not known. */
export function writeMessage(serialization: u32, out: usize, p: usize, n: u32): u32 {
  const body = bodyOf(serialization);
  return body === null ? 0 : body.writeMessage(out, MOST, p, n);
}

/** Writes a null as an event's body; nothing in a serialization that is not known. */
export function writeNull(serialization: u32, out: usize): u32 {
  const body = bodyOf(serialization);
  if (body === null) return 0;
  memory.copy(out, body.nullAt, body.nullLength);
  return body.nullLength;
}

/** Is the event's body of `n` bytes at `p` a null, or nothing at all? */
export function isNull(body: Body, p: usize, n: u32): bool {
  return n == 0 || (n == body.nullLength && memory.compare(p, body.nullAt, n) == 0);
}
