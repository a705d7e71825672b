/**
 * What Argot needs of a protocol, as data flows: find a frame's end, read its head, read its
 * metadata, and write the few frames that the filter itself has to say.
 *
 * A codec knows bytes. It never calls the host, never keeps state of a connection and never
 * allocates: what it reads is reported as spans into the frame (or into the scratch of
 * `Metadata`), what it writes goes where the caller says. One instance serves all connections.
 */
import { Metadata } from "./metadata";

/** `measure`: the bytes at hand do not tell the frame's length yet. */
export const INCOMPLETE: i64 = 0;
/** `measure`: these bytes can't be the start of a frame of this protocol. */
export const MALFORMED: i64 = -1;

/** What `readMetadata` and `readReply` came to. */
export enum Read {
  /** All that was asked for has been read, as far as the frame has it. */
  DONE = 0,
  /** The frame is not complete, and what was asked for lies beyond what is there. */
  INCOMPLETE = 1,
  /** The frame's length is known but its contents contradict the protocol. */
  MALFORMED = 2,
}

export abstract class Codec {
  /** Name in configuration and statistics, e.g. `dubbo`. */
  abstract get name(): string;

  /** With so many bytes `measure` never answers INCOMPLETE. */
  abstract get headerLength(): u32;

  /**
   * Whether frames bear no request ids: the n-th answer on a connection belongs to its n-th
   * request, which is no oneway. The filter then numbers requests itself (`requestId` means
   * nothing), takes a server's answers in the order of its requests, and gives the client its
   * answers in the order of the client's, whichever servers they come from. Such a codec reports
   * what keeps a connection alive as requests, not as heartbeats. Where requests must not overtake
   * each other on their way either, `lanes.spread: 1` keeps those of one routing key in order.
   */
  get isOrdered(): bool {
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
   * Reads what the header alone tells into `m`: kind, reply, requestId, replyContext, status.
   * At least `headerLength` bytes of a frame that `measure` accepted are there.
   */
  abstract readHead(p: usize, m: Metadata): void;

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
  abstract writeHeartbeatReply(out: usize, m: Metadata): u32;

  /** Writes the frame by which a server says that it takes no more requests; 0: none. */
  abstract writeGoodbye(out: usize): u32;

  /**
   * JSON text of an attachment value that was reported as `ValueType.ENCODED`; for inspection,
   * never on the hot path.
   * @returns the text
   */
  abstract renderEncoded(p: usize, n: u32): string;
}
