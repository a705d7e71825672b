/**
 * One client connection in mode `lanes`: the client half of an HTTP/2 connection whose server
 * half is the HCM behind the filter.
 *
 *     client ── frames ──> from-client.ts ── lanes: DATA ──> HCM ── one connection a lane ──> servers
 *     client <── frames ── from-hcm.ts   <── lanes: DATA ── HCM
 *
 * Lanes begin in opening.ts and end in ending.ts; what has to wait until Envoy is idle is done
 * in waking.ts. This file has the state and what all of them need.
 */
import { Bytes, bufferedBytes } from "../../bytes/buffer";
import { Kind, Metadata } from "../../codecs/metadata";
import { add } from "../../host/metrics";
import {
  DEFAULT_MAX_FRAME,
  DEFAULT_WINDOW,
  writeClientPreface,
  writePing,
} from "../../http2/frame";
import { Plugin, Sleeper } from "../plugin";
import { CloseReason, Refusal } from "../stats";
import { Lane } from "./lane";
import { LaneTable } from "./lane-table";
import { Ordering } from "./ordering";
import { refusalStatus, refusalText } from "./reasons";
import { writeData } from "./request-headers";
import { Streams } from "./streams";

/** Bytes that the HCM may send on a lane before it is told that they have been taken. */
export const LANE_WINDOW: u32 = 1 << 21;
/** When memory is short, connections that hold no more than so many bytes go on. */
const SHARE: usize = 1024;

/**
 * Bytes of the filter's own replies to one client in about half a second, beyond which no more is
 * read of it for that long: nobody tells the filter whether the client reads them.
 */
const MOST_SAID: u32 = 512 * 1024;
const SILENCE: u64 = 500;

/** What goes to the HCM in the current callback. */
export const toHcm = new Bytes();

const scratch = new Bytes();


@unmanaged
export class Session extends Sleeper {
  lanes: LaneTable = new LaneTable();
  /** Counts the reads of the client's bytes. */
  turn: u32 = 0;
  /** Requests without an answer, and open streams, over all lanes. */
  inFlight: u32 = 0;
  /** Bytes of the client that are not processed: the start of a frame, or held back. */
  inbox: Bytes = new Bytes();
  /** With so many bytes of the request in the inbox its metadata could not be read. */
  tried: u32 = 0;
  /** What is still to come of a request that has begun to go out, and its lane (0: none). */
  restLength: u32 = 0;
  restStream: u32 = 0;
  /** Whole frames for the client that wait for the next chance to be written. */
  toClient: Bytes = new Bytes();
  /** The client has got a part of a long response: so much is left of it, of this lane (0: none). */
  answerLeft: u32 = 0;
  answering: u32 = 0;
  /** Others wait for their turn. */
  longWait: bool = false;
  /** Such a response broke off: whatever came next, the client would take for its rest. */
  broken: bool = false;
  /** Only of a connection whose requests bear no ids, which its first one shows. */
  order: Ordering | null = null;
  knowsOrder: bool = false;
  /** When requests that stay silent were looked for last. */
  listenedAt: u64 = 0;
  /** Only of a connection that has had streams. */
  streams: Streams | null = null;
  /** HTTP/2 frames for the HCM that wait for the next injection. */
  control: Bytes = new Bytes();

  // --- flow control towards the HCM
  window: i64 = DEFAULT_WINDOW;
  peerWindow: u32 = DEFAULT_WINDOW;
  peerMaxFrame: u32 = DEFAULT_MAX_FRAME;
  peerMaxStreams: u32 = u32.MAX_VALUE;
  /** DATA of lane `heldStream` that its window, or the connection's, does not let through. */
  held: Bytes = new Bytes();
  heldStream: u32 = 0;
  /** Bytes left in Envoy's read buffer meanwhile, so that TCP pushes the client back. */
  unread: u32 = 0;
  /** Bytes of the filter's own replies since `saidSince`, and whether they are too many. */
  private said: u32 = 0;
  private saidSince: u64 = 0;
  muted: bool = false;
  /** Bytes received on the connection since the HCM was told so. */
  received: u32 = 0;

  // --- reading HTTP/2 (from-hcm.ts)
  /** A frame header, or the payload of a frame other than DATA, that is not complete. */
  frame: Bytes = new Bytes();
  /** Bytes of the current DATA frame that are still to come, its stream and flags. */
  dataLeft: u32 = 0;
  dataStream: u32 = 0;
  dataFlags: u32 = 0;
  /** Header block that CONTINUATION frames go on with; 0: none. */
  headersStream: u32 = 0;
  headersFlags: u32 = 0;
  headers: Bytes = new Bytes();

  /** A retired lane may have all its answers. */
  anySettled: bool = false;
  /** A lane may have answers to heartbeats. */
  anyReplies: bool = false;
  started: bool = false;
  nextStream: u32 = 1;
  private pinged: bool = false;
  /** The listener drains, the client has been told; the HCM goes on taking lanes for a while. */
  draining: bool = false;
  /** That while is over: since `goawayAt` no lane is opened any more. */
  goaway: bool = false;
  goawayAt: u64 = 0;
  /** Nothing more of the client is looked at; closed when nothing is in flight. */
  closing: bool = false;
  /** The client has sent more meanwhile, which was dropped. */
  dropped: bool = false;
  /** When there was something to do last; while closing: from when on patience is counted. */
  busyAt: u64 = 0;

  /** `plugin` is a managed object: the root context keeps it alive longer than its sessions. */
  constructor(
    id: u32,
    readonly plugin: Plugin,
  ) {
    super(id);
    this.busyAt = plugin.now;
    this.listenedAt = plugin.now;
    plugin.add(this);
  }

  // --- requests

  /** Answers a request that no lane takes; always null. */
  refuse(m: Metadata, reason: Refusal): Lane | null {
    this.plugin.stats.countRefusal(reason);
    const text = refusalText(reason);
    const status = refusalStatus(reason);
    let at = changetype<usize>(text);
    let n = <u32>text.byteLength;
    if (reason == Refusal.UNREADABLE && m.errorMessage != 0) {
      at = m.errorMessage;
      n = m.errorMessageLength;
    }
    if (m.kind == Kind.REQUEST) this.replyError(m.requestId, m.replyContext, status, at, n);
    else if (m.kind == Kind.STREAM) this.resetStream(m.streamId, status, at, n);
    return null;
  }

  /** Queues the protocol's error reply; `poke` or the next write carries it to the client. */
  replyError(id: u64, replyContext: u32, status: u32, message: usize, n: u32): void {
    const codec = this.plugin.codec;
    const order = this.order;
    const to = order === null ? this.toClient : scratch;
    const at = to.reserve(codec.replyLimit(n));
    const known = order === null ? id : 0;
    const length = codec.writeErrorReply(at, known, replyContext, status, message, n);
    if (order === null) to.length += length;
    else order.deliver(id, at, length, this.toClient);
    this.countSaid(length);
    add(this.plugin.stats.errorReplies, 1);
  }

  /** Queues the frame that tells the client that a stream is over. */
  resetStream(id: u64, status: u32, message: usize, n: u32): void {
    const codec = this.plugin.codec;
    const at = this.toClient.reserve(codec.replyLimit(n));
    const length = codec.writeStreamReset(at, id, status, message, n);
    this.toClient.length += length;
    this.countSaid(length);
    if (length > 0) add(this.plugin.stats.errorReplies, 1);
  }

  /** Queues the answer to the client's heartbeat whose head is in `m`. */
  replyHeartbeat(m: Metadata): void {
    const codec = this.plugin.codec;
    const n = codec.writeHeartbeatReply(this.toClient.reserve(codec.replyLimit(0)), m);
    this.toClient.length += n;
    this.countSaid(n);
    add(this.plugin.stats.heartbeats, 1);
  }

  private countSaid(n: u32): void {
    this.mayUnmute();
    this.said += n;
    this.muted = this.said > MOST_SAID;
  }

  /** Whether enough time has passed for the filter to say more. */
  mayUnmute(): bool {
    if (this.plugin.now - this.saidSince < SILENCE) return false;
    this.saidSince = this.plugin.now;
    this.said = 0;
    this.muted = false;
    return true;
  }

  /** Tells the client, in its protocol's own words if it has any, to go elsewhere. */
  sayGoodbye(): void {
    const codec = this.plugin.codec;
    const n = codec.writeGoodbye(this.toClient.reserve(codec.replyLimit(0)));
    this.toClient.length += n;
    if (n > 0) add(this.plugin.stats.goodbyes, 1);
  }

  // --- the HTTP/2 connection

  /** Says the client's half of the HTTP/2 preface, once. */
  start(): void {
    if (this.started) return;
    this.started = true;
    writeClientPreface(toHcm, LANE_WINDOW);
  }


  @inline
  get blocked(): bool {
    return this.heldStream != 0;
  }

  /** Room for DATA of the lane, in bytes. */
  room(lane: Lane): u32 {
    const room = min(lane.window, this.window);
    return room > 0 ? <u32>room : 0;
  }

  /** Sends DATA of the lane, for which its window and the connection's have room. */
  send(lane: Lane, p: usize, n: u32): void {
    writeData(toHcm, lane.stream, p, n, this.peerMaxFrame);
    lane.window -= n;
    this.window -= n;
  }

  /** Starts what goes to the HCM in this callback with what has been waiting for a chance. */
  beginOutput(): void {
    toHcm.clear();
    if (this.control.length == 0) return;
    this.start();
    toHcm.append(this.control.at, this.control.length);
    this.control.clear();
  }

  /** Has the HCM answer a PING at once: its answer is the chance to write to the client. */
  poke(): void {
    if (this.pinged) return;
    this.pinged = true;
    this.start();
    writePing(toHcm, 1);
  }
  poked(): void {
    this.pinged = false;
  }

  /** Closes the connection at once, in the middle of a response. */
  breakOff(): void {
    this.broken = true;
    this.close(CloseReason.BROKEN);
    this.plugin.wake(this);
  }

  /** Closes the connection as soon as nothing is in flight; what the client still sends is dropped. */
  close(reason: CloseReason): void {
    if (this.closing) return;
    this.closing = true;
    this.busyAt = this.plugin.now;
    this.plugin.stats.countClose(reason);
    this.plugin.wake(this);
  }

  /** Closes the connection if memory is short and this one holds more than its share. */
  boundMemory(): void {
    if (bufferedBytes <= <usize>this.plugin.config.maxWorkerBytes) return;
    if (this.inbox.length + this.held.length <= SHARE) return;
    this.close(CloseReason.MEMORY);
    this.inbox.release();
  }

  // --- the end

  /** The connection is gone. */
  release(): void {
    const truncated = !this.closing && !this.blocked && this.inbox.length + this.restLength > 0;
    if (truncated) this.plugin.stats.countClose(CloseReason.TRUNCATED);
    this.plugin.remove(this);
    add(this.plugin.stats.lanesActive, -(<i64>this.lanes.count));
    this.gone = true;
    if (!this.awake) this.free();
  }

  free(): void {
    this.lanes.release();
    if (this.order !== null) this.order!.release();
    if (this.streams !== null) this.streams!.release();
    freeBytes(this.inbox);
    freeBytes(this.toClient);
    freeBytes(this.control);
    freeBytes(this.held);
    freeBytes(this.frame);
    freeBytes(this.headers);
    heap.free(changetype<usize>(this));
  }
}

function freeBytes(bytes: Bytes): void {
  bytes.release();
  heap.free(changetype<usize>(bytes));
}
