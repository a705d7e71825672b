/**
 * One client connection in mode `lanes`: the client half of an HTTP/2 connection whose server
 * half is the HCM behind the filter.
 *
 *     client ── frames ──> from-client.ts ── lanes: DATA ──> HCM ── one connection a lane ──> servers
 *     client <── frames ── from-hcm.ts   <── lanes: DATA ── HCM
 *
 * This file has the state and what both directions need: opening and ending lanes, error
 * replies, and what has to wait until Envoy is idle (`onWake`).
 */
import { Bytes } from "../../bytes/buffer";
import { hash64 } from "../../bytes/hash";
import { Kind, Metadata } from "../../codecs/metadata";
import { BufferType, readAt, readBuffer, readLength, replaceBuffer } from "../../host/buffer";
import { add } from "../../host/metrics";
import { actOn, closeDownstream, inject } from "../../host/stream";
import {
  DEFAULT_MAX_FRAME,
  DEFAULT_WINDOW,
  ErrorCode,
  FrameType,
  writeClientPreface,
  writeNumberFrame,
  writePing,
} from "../../http2/frame";
import { Plugin } from "../plugin";
import { CloseReason } from "../stats";
import { fromClient, sendData } from "./from-client";
import { Lane } from "./lane";
import { LaneTable } from "./lane-table";
import { DRAINING, METADATA_TOO_LONG, TOO_MANY_LANES } from "./reasons";
import { writeEndStream, writeRequestHeaders } from "./request-headers";
import { KEY_AT, buildKey, keyMatches } from "./routing-key";

/** A connection that is to close waits so long for answers that are in flight (milliseconds). */
const CLOSE_PATIENCE: u64 = 30_000;
/** A draining connection closes after so long without anything in flight (milliseconds). */
const DRAIN_IDLE: u64 = 500;

/** What goes to the HCM in the current callback. */
export const toHcm = new Bytes();


@unmanaged
export class Session {
  lanes: LaneTable = new LaneTable();
  private lastLane: Lane | null = null;
  /** Requests without an answer, over all lanes. */
  inFlight: u32 = 0;
  /** Bytes of the client that are not processed: the start of a frame, or held back. */
  inbox: Bytes = new Bytes();
  /** Whole frames for the client that wait for the next chance to be written. */
  toClient: Bytes = new Bytes();
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
  private anySettled: bool = false;
  /** A lane may have answers to heartbeats. */
  private anyReplies: bool = false;
  started: bool = false;
  private nextStream: u32 = 1;
  private pinged: bool = false;
  goaway: bool = false;
  /** No more is read of the client; closed when nothing is in flight. */
  closing: bool = false;
  /** The connection is closed; the session is freed when nothing refers to it. */
  gone: bool = false;
  /** When there was something to do last; while closing: when that began. */
  busyAt: u64 = 0;

  // --- places in the plugin's lists
  awake: bool = false;
  nextAwake: Session | null = null;
  next: Session | null = null;
  previous: Session | null = null;

  /** `plugin` is a managed object: the root context keeps it alive longer than its sessions. */
  constructor(
    readonly id: u32,
    readonly plugin: Plugin,
  ) {
    this.busyAt = plugin.now;
    plugin.add(this);
  }

  // --- requests

  /** The lane for the request in `m`, opened if need be; null: the request was refused. */
  laneFor(m: Metadata): Lane | null {
    const slots = this.plugin.config.keys.slots;
    let lane: Lane | null = this.lastLane;
    let keyLength: usize = 0;
    if (lane === null || lane.retired || !keyMatches(lane, m, slots)) {
      keyLength = buildKey(m, slots, this.plugin.config.maxMetadataBytes);
      if (keyLength == 0) return this.refuse(m, 400, METADATA_TOO_LONG);
      lane = this.lanes.ofKey(hash64(KEY_AT, keyLength), KEY_AT, keyLength);
    }
    if (lane !== null && this.isSpent(lane)) {
      this.retire(lane);
      lane = null;
    }
    if (lane === null) {
      if (keyLength == 0) keyLength = buildKey(m, slots, this.plugin.config.maxMetadataBytes);
      lane = this.open(m, keyLength);
    }
    this.lastLane = lane;
    return lane;
  }

  /** Answers a request that no lane takes; always null. */
  refuse(m: Metadata, status: u32, reason: ArrayBuffer): Lane | null {
    add(this.plugin.stats.requestsRefused, 1);
    if (m.kind != Kind.REQUEST) return null;
    const text = changetype<usize>(reason);
    this.replyError(m.requestId, m.replyContext, status, text, reason.byteLength);
    return null;
  }

  /** Queues the protocol's error reply; `poke` or the next write carries it to the client. */
  replyError(id: u64, replyContext: u32, status: u32, message: usize, n: u32): void {
    const codec = this.plugin.codec;
    const at = this.toClient.reserve(codec.replyLimit(n));
    this.toClient.length += codec.writeErrorReply(at, id, replyContext, status, message, n);
    add(this.plugin.stats.errorReplies, 1);
  }

  // --- lanes

  /** Whether a lane has had its requests or its time; a draining HCM takes no successor. */
  private isSpent(lane: Lane): bool {
    const config = this.plugin.config;
    if (this.goaway) return false;
    if (config.maxRequests != 0 && lane.requests >= config.maxRequests) return true;
    const age = this.plugin.now - lane.opened;
    return config.maxAgeSeconds != 0 && age >= <u64>config.maxAgeSeconds * 1000;
  }

  private open(m: Metadata, keyLength: usize): Lane | null {
    if (this.goaway || this.nextStream > 0x7fffffff) return this.refuse(m, 503, DRAINING);
    if (this.lanes.count >= this.peerMaxStreams) {
      const idle = this.lanes.oldestIdle(this.plugin.now);
      if (idle === null) return this.refuse(m, 503, TOO_MANY_LANES);
      writeNumberFrame(toHcm, FrameType.RST_STREAM, idle.stream, ErrorCode.CANCEL);
      this.remove(idle);
    }
    const plugin = this.plugin;
    const lane = new Lane();
    lane.stream = this.nextStream;
    this.nextStream += 2;
    lane.key.append(KEY_AT, keyLength);
    lane.hash = hash64(KEY_AT, keyLength);
    lane.window = this.peerWindow;
    lane.opened = plugin.now;
    this.lanes.add(lane);
    this.start();
    writeRequestHeaders(
      toHcm,
      lane.stream,
      m,
      plugin.config.keys,
      plugin.authority,
      this.peerMaxFrame,
    );
    add(plugin.stats.lanesOpened, 1);
    add(plugin.stats.lanesActive, 1);
    return lane;
  }

  /** The lane takes no more requests; it ends when those that it has are answered. */
  retire(lane: Lane): void {
    this.lanes.withdraw(lane);
    if (lane.waiting.count == 0) this.settled();
  }

  /** A retired lane has all its answers. */
  settled(): void {
    this.anySettled = true;
    this.plugin.wake(this);
  }

  /** A lane has answers to heartbeats of its server. */
  answered(): void {
    this.anyReplies = true;
    this.plugin.wake(this);
  }

  /** Sends the answers to heartbeats, each lane's as one piece and only where there is room. */
  private sendReplies(): void {
    if (!this.anyReplies) return;
    this.anyReplies = false;
    let lane: Lane | null = this.lanes.first;
    while (lane !== null) {
      const n = <u32>lane.replies.length;
      if (
        n > 0 &&
        !lane.ended &&
        !lane.over &&
        this.heldStream != lane.stream &&
        this.room(lane) >= n
      )
        sendData(this, lane, lane.replies.at, n);
      lane.replies.clear();
      lane = lane.next;
    }
  }

  /**
   * Ends retired lanes that have their answers from this side: the upstream connection
   * half-closes behind the last byte. Not done at once: DATA may still be on its way out.
   * Lanes that gave all their answers and were not reset by the HCM meanwhile are given up.
   */
  private endSettled(): void {
    if (!this.anySettled) return;
    this.anySettled = false;
    let lane: Lane | null = this.lanes.first;
    while (lane !== null) {
      const next = lane.next;
      if (lane.over) {
        writeNumberFrame(toHcm, FrameType.RST_STREAM, lane.stream, ErrorCode.CANCEL);
        this.remove(lane);
      } else if (lane.retired && !lane.ended && lane.waiting.count == 0) {
        if (this.heldStream == lane.stream) this.anySettled = true;
        else {
          lane.ended = true;
          writeEndStream(toHcm, lane.stream);
        }
      }
      lane = next;
    }
  }

  /**
   * The lane gives no more answers: whoever waited on it gets an error reply. Is the stream
   * still open in the direction of the HCM, it stays until the HCM resets it or, as nobody
   * waits for that, this side does.
   * @param status as an HTTP status, with `message` as the reason
   * @param closed whether the stream is closed in both directions
   */
  laneEnded(lane: Lane, status: u32, message: usize, n: u32, closed: bool): void {
    const waiting = lane.waiting;
    if (waiting.count > 0 || (status != 200 && !lane.over)) add(this.plugin.stats.lanesFailed, 1);
    for (let i: u32 = 0; i < waiting.size; i++) {
      const value = waiting.valueAt(i);
      if (value != 0) this.replyError(waiting.keyAt(i), <u32>(value - 1), status, message, n);
    }
    this.inFlight -= waiting.count;
    waiting.release();
    if (this.heldStream == lane.stream) {
      this.held.clear();
      this.heldStream = 0;
      this.plugin.wake(this);
    }
    if (closed || lane.ended) this.remove(lane);
    else {
      lane.over = true;
      this.retire(lane);
    }
  }

  private remove(lane: Lane): void {
    if (this.lastLane === lane) this.lastLane = null;
    this.lanes.remove(lane);
    add(this.plugin.stats.lanesActive, -1);
  }

  // --- the HTTP/2 connection

  /** Says the client's half of the HTTP/2 preface, once. */
  start(): void {
    if (this.started) return;
    this.started = true;
    writeClientPreface(toHcm);
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

  /** Closes the connection as soon as nothing is in flight; no more is read of the client. */
  close(reason: CloseReason): void {
    if (this.closing) return;
    this.closing = true;
    this.busyAt = this.plugin.now;
    this.plugin.stats.countClose(reason);
    this.plugin.wake(this);
  }

  // --- what waits until Envoy is idle

  /** Called from a timer after `plugin.wake`: the only place that injects unasked. */
  onWake(): void {
    actOn(this.id);
    this.beginOutput();
    this.resume();
    this.sendReplies();
    this.endSettled();
    if (this.toClient.length > 0) this.poke();
    if (toHcm.length > 0) {
      this.takeUnread();
      inject(toHcm.at, toHcm.length);
    }
    this.closeIfDone();
    actOn(this.plugin.rootId);
  }

  onTick(): void {
    if (!this.closing && (this.inFlight > 0 || this.blocked)) this.busyAt = this.plugin.now;
    if (this.goaway && this.plugin.now - this.busyAt >= DRAIN_IDLE) this.close(CloseReason.DRAINED);
    if (this.closing) this.onWake(); // at once: no request may come in between
  }

  private closeIfDone(): void {
    if (!this.closing) return;
    const patience = this.plugin.now - this.busyAt < CLOSE_PATIENCE;
    const busy = this.inFlight > 0 || this.toClient.length > 0 || this.blocked;
    if (busy && patience) return;
    closeDownstream();
  }

  /** Goes on where flow control stopped: what was held, then what was not yet looked at. */
  private resume(): void {
    if (this.blocked) {
      const lane = this.lanes.ofStream(this.heldStream)!;
      const n = min(this.room(lane), <u32>this.held.length);
      if (n == 0) return;
      sendData(this, lane, this.held.at, n);
      this.held.drop(n);
      if (this.held.length > 0) return;
      this.heldStream = 0;
    }
    this.takeUnread();
    if (this.inbox.length > 0 && !this.closing) fromClient(this, 0, 0);
  }

  /** Takes over what was left in Envoy's read buffer, before that is replaced. */
  private takeUnread(): void {
    if (this.unread == 0) return;
    if (!this.closing && readBuffer(BufferType.DOWNSTREAM, this.unread)) {
      this.inbox.append(readAt, readLength);
      if (this.inbox.length + this.held.length > this.plugin.config.maxBufferedBytes)
        this.close(CloseReason.BUFFER);
    }
    this.unread = 0;
    replaceBuffer(BufferType.DOWNSTREAM, 0, 0);
  }

  // --- the end

  /** The connection is gone. */
  release(): void {
    this.plugin.remove(this);
    add(this.plugin.stats.lanesActive, -(<i64>this.lanes.count));
    this.gone = true;
    if (!this.awake) this.free();
  }

  free(): void {
    this.lanes.release();
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
