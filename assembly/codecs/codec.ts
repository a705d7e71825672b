/**
 * What Argot needs of a protocol, as data flows: find a frame's end, read its head, read its
 * metadata, and write the few frames that the filter itself has to say.
 *
 * A codec knows bytes. It never calls the host, never keeps state of a connection and never
 * allocates: what it reads is reported as spans into the frame (or into the scratch of
 * `Metadata`), what it writes goes where the caller says. One instance serves all connections.
 */
import { Edits } from "./edits";
import { Metadata } from "./metadata";

/** `measure`: the bytes at hand do not tell the frame's length yet. */
export const INCOMPLETE: i64 = 0;
/** `measure`: these bytes can't be the start of a frame of this protocol. */
export const MALFORMED: i64 = -1;

/** What `readHead`, `readMetadata` and `readReply` came to. */
export enum Read {
  /** All that was asked for has been read, as far as the frame has it. */
  DONE = 0,
  /** The frame is not complete, and what was asked for lies beyond what is there. */
  INCOMPLETE = 1,
  /**
   * The frame's length is known but its contents contradict the protocol, or can't be read; then
   * `Metadata.errorMessage` may say why.
   */
  MALFORMED = 2,
}

export abstract class Codec {
  /** Name in configuration and statistics, e.g. `dubbo`. */
  abstract get name(): string;

  /**
   * With so many bytes `measure` knows the frame's length. Where only the whole frame tells its
   * length (unframed Thrift), `measure` goes on to answer INCOMPLETE: then the caller bounds what
   * it collects, and the codec bounds what it does for one call.
   */
  abstract get headerLength(): u32;

  /**
   * Whether the requests of a connection, of which the first one's head is in `m`, bear no ids: the
   * n-th answer on a connection belongs to its n-th request, which is no oneway. The filter then
   * numbers requests itself, takes a server's answers in the order of its requests, and gives the
   * client its answers in the order of the client's, whichever servers they come from;
   * `writeErrorReply` gets 0 for the id. Such a codec reports what keeps a connection alive as
   * requests, not as heartbeats. Where requests must not overtake each other on their way either,
   * `lanes.spread: 1` keeps those of one routing key in order.
   */
  isOrdered(m: Metadata): bool {
    return false;
  }

  /**
   * Whether a request may stay without an answer for good, since no bit tells that it is a oneway
   * call. The filter then forgets such a request when later ones have been answered.
   */
  get mayStaySilent(): bool {
    return false;
  }

  /**
   * Most bytes that `writeErrorReply` (for a message of `n` bytes), `writeHeartbeatReply` or
   * `writeGoodbye` (with n = 0) write.
   */
  abstract replyLimit(n: u32): u32;

  /**
   * Length in bytes, header included, of the frame that starts at `p`, of which `n` bytes are
   * there. The answer may exceed `n`; the caller holds it against its limit before it waits
   * for more or allocates.
   * @returns the length (> 0), INCOMPLETE or MALFORMED
   */
  abstract measure(p: usize, n: u32): i64;

  /**
   * Reads the frame's head into `m`: kind, reply, requestId, replyContext, status, of streams
   * `streamId` and `part`; and the hole, if its place varies.
   * @param n how many of the bytes of a frame that `measure` accepted are there; with all of them
   *   the answer is never INCOMPLETE
   */
  abstract readHead(p: usize, n: u32, m: Metadata): Read;

  /**
   * Reads the metadata of the request at `p` (after `readHead`) as far as `m.depth` asks.
   * @param n how many of the frame's bytes are there, at most `length`
   * @param length the whole frame's length, from `measure`
   */
  abstract readMetadata(p: usize, n: u32, length: u32, m: Metadata): Read;

  /**
   * Skips the arguments of a request, of which all bytes up to `end` are there.
   * @param p where its head ends (`Metadata.headEnd`)
   * @param count `Metadata.argumentCount`, of another request with the same head
   * @returns where its tail begins, or 0 if the arguments are malformed; a codec that sets no
   *   `Metadata.tailAt` is never asked
   */
  skipArguments(p: usize, end: usize, count: u32): usize {
    return 0;
  }

  /**
   * Reads what the body of the response at `p` (complete, after `readHead`) tells:
   * isError and the error message, attachments. Not on the hot path.
   */
  abstract readReply(p: usize, length: u32, m: Metadata): Read;

  /**
   * Writes the reply that makes the client's framework raise its own error for one request.
   * @param out where to; `replyLimit(messageLength)` bytes are free
   * @param requestId, replyContext as `readHead` gave them for that request
   * @param status what happened, as an HTTP status: 400 unreadable or too large, 403 refused,
   *   404 no route, 408/504 timeout, 429 limit, 503 no upstream; the codec picks its nearest
   * @param message UTF-8, `messageLength` bytes
   * @returns bytes written; 0: the protocol has no such reply
   */
  abstract writeErrorReply(
    out: usize,
    requestId: u64,
    replyContext: u32,
    status: u32,
    message: usize,
    messageLength: u32,
  ): u32;

  /** Writes the answer to the heartbeat whose head is in `m`; 0: the protocol has none. */
  writeHeartbeatReply(out: usize, m: Metadata): u32 {
    return 0;
  }

  /** Writes the frame by which a server says that it takes no more requests; 0: none. */
  writeGoodbye(out: usize): u32 {
    return 0;
  }

  /**
   * Writes the frame that tells the client that stream `streamId` is over, as `writeErrorReply`
   * does for a request. A codec that reports no streams is never asked.
   * @returns bytes written, at most `replyLimit(messageLength)`
   */
  writeStreamReset(
    out: usize,
    streamId: u64,
    status: u32,
    message: usize,
    messageLength: u32,
  ): u32 {
    return 0;
  }

  /** Most bytes by which `change` makes a request longer; 0: it never changes one. */
  changeLimit(edits: Edits): u32 {
    return 0;
  }

  /**
   * Writes the complete request at `p` (after `readHead`) to `out`, with its attachments changed
   * as `edits` say and all else as it is. What `readMetadata` left in `m` may be overwritten.
   * @param out where to; `length + changeLimit(edits)` bytes are free
   * @returns bytes written; 0: this request has no room for attachments, or not all that are to go
   *   can be found in it: it is refused
   */
  change(p: usize, length: u32, m: Metadata, edits: Edits, out: usize): u32 {
    return 0;
  }

  /** JSON text of a response's `status`, where the protocol has no number for it; for inspection. */
  renderStatus(status: i32): string {
    return status.toString();
  }

  /**
   * JSON text of an attachment value that was reported as `ValueType.ENCODED`; for inspection,
   * never on the hot path.
   * @returns the text
   */
  renderEncoded(p: usize, n: u32): string {
    return "null";
  }
}
