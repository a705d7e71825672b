/**
 * From the client to the HCM: frames are found in the client's bytes, and go to their lanes. A
 * frame that has not come whole waits in the inbox; a long request goes on as it comes as soon
 * as its metadata are there.
 */
import { INCOMPLETE, Read } from "../../codecs/codec";
import { Bytes } from "../../bytes/buffer";
import { Queue } from "../../bytes/queue";
import { Depth, Kind, Part } from "../../codecs/metadata";
import { HEADROOM } from "../../host/arena";
import { add } from "../../host/metrics";
import { FRAME_HEADER } from "../../http2/frame";
import { CloseReason, Refusal } from "../stats";
import { putChanged } from "./changes";
import { finished } from "./ending";
import { Lane } from "./lane";
import { laneFor, laneOfSame } from "./opening";
import {
  beginRegion,
  beginRuns,
  continuesRun,
  directLength,
  endRunAt,
  flushRun,
  keepDirect,
  passWhole,
  startRun,
} from "./runs";
import { Ordering } from "./ordering";
import { Session } from "./session";
import { makeRoom } from "./silence";
import { beginStream, laneOfStream, passedPart } from "./streams";

/** A longer request is not held until it is whole. */
const LONG: i64 = 16384;

/**
 * Whether the `n` bytes that Envoy has belong to a request that has begun to go out: then nobody
 * needs to look at them.
 */
export function passOn(session: Session, n: u32): bool {
  beginRuns();
  if (session.restLength < n) return false;
  const lane = restLane(session);
  if (lane === null || !passWhole(session, lane, n)) return false;
  tookRest(session, n);
  return true;
}

/**
 * Takes `n` new bytes of the client. They lie in the arena, with HEADROOM before them; what
 * was left of earlier bytes is put there, so that the new ones are not copied.
 */
export function fromClient(session: Session, p: usize, n: usize): void {
  beginRuns();
  session.turn++;
  const inbox = session.inbox;
  if (inbox.length == 0) {
    beginRegion(p - HEADROOM, p, p + n);
    keepRest(inbox, p, n, process(session, p, p + n));
  } else if (n > 0 && inbox.length + FRAME_HEADER <= HEADROOM) {
    const start = p - inbox.length;
    memory.copy(start, inbox.at, inbox.length);
    beginRegion(p - HEADROOM, 0, 0);
    n += inbox.length;
    inbox.clear();
    keepRest(inbox, start, n, process(session, start, start + n));
  } else {
    // A frame longer than the headroom is collected in the inbox.
    inbox.append(p, n);
    beginRegion(inbox.at, 0, 0);
    const used = process(session, inbox.at, inbox.at + inbox.length);
    if (directLength > 0) keepDirect(); // before the inbox changes
    inbox.drop(used);
  }
}

function keepRest(inbox: Bytes, p: usize, n: usize, used: usize): void {
  inbox.append(p + used, n - used);
}

/** Handles the frames from `start` on; returns how many bytes were used up. */
function process(session: Session, start: usize, stop: usize): usize {
  const plugin = session.plugin;
  const codec = plugin.codec;
  const m = plugin.metadata;
  m.fromServer = false;
  let at = session.restLength > 0 ? takeRest(session, start, stop) : start;
  while (at < stop && !session.closing) {
    const left = <u32>(stop - at);
    const length = codec.measure(at, left);
    if (length == INCOMPLETE) {
      if (left > plugin.config.maxFrameBytes) session.close(CloseReason.OVERSIZE);
      break;
    }
    if (length < 0) {
      session.close(CloseReason.MALFORMED);
      break;
    }
    if (length > <i64>plugin.config.maxFrameBytes) {
      if (readHead(session, at, left) == Read.DONE) session.refuse(m, Refusal.OVERSIZE);
      session.close(CloseReason.OVERSIZE);
      break;
    }
    const whole = length <= <i64>left;
    if (!whole && (length < LONG || !mayTell(session, left))) break;
    const n = min(<u32>length, left);
    const head = readHead(session, at, n);
    if (head != Read.DONE) {
      if (head == Read.MALFORMED) session.close(CloseReason.MALFORMED);
      session.tried = n;
      break;
    }
    const isPart = m.kind == Kind.STREAM && (m.part & Part.BEGINS) == 0;
    if (isPart || m.kind == Kind.REQUEST || m.kind == Kind.ONEWAY || m.kind == Kind.STREAM) {
      const taken = isPart
        ? takePart(session, at, n, <u32>length)
        : takeRequest(session, at, n, <u32>length);
      if (!taken) break;
      if (!whole) {
        at = stop;
        break;
      }
    } else if (!whole) break;
    else if (m.kind == Kind.HEARTBEAT && !m.reply) {
      session.replyHeartbeat(m);
    } else {
      add(plugin.stats.framesDropped, 1);
    }
    at += <usize>length;
  }
  flushRun(session, true);
  return session.closing ? stop - start : at - start;
}

/** Reads the head of a frame; a request without an id gets its number. */
function readHead(session: Session, at: usize, n: u32): Read {
  const codec = session.plugin.codec;
  const m = session.plugin.metadata;
  const read = codec.readHead(at, n, m);
  if (read != Read.DONE) return read;
  if (!session.knowsOrder && (m.kind == Kind.REQUEST || m.kind == Kind.ONEWAY)) {
    session.knowsOrder = true;
    if (codec.isOrdered(m)) session.order = new Ordering();
  }
  const order = session.order;
  if (order !== null && m.kind == Kind.REQUEST) m.requestId = order.next;
  return read;
}

/**
 * Puts a request, of whose `length` bytes `n` are there, on its lane.
 * @returns false if it can't be taken yet: flow control holds the connection back, or more of it
 *   must be there first
 */
function takeRequest(session: Session, at: usize, n: u32, length: u32): bool {
  const plugin = session.plugin;
  const m = plugin.metadata;
  const whole = n == length;
  const isFull = m.kind != Kind.ONEWAY && session.inFlight >= plugin.config.maxInFlight;
  const tooMany = isFull && !makeRoom(session);
  let lane: Lane | null = tooMany ? null : laneOfSame(session, m, at, at + n, whole);
  if (lane === null && !tooMany) {
    m.clear();
    const read = plugin.codec.readMetadata(at, n, length, m);
    if (read == Read.INCOMPLETE && !whole) {
      session.tried = n;
      return false;
    }
    if (read == Read.DONE) lane = laneFor(session, m, at, at + n, whole);
    else session.refuse(m, Refusal.UNREADABLE);
  }
  // The same id many times, or ids that are made to collide, count as too many, too.
  if (tooMany || (lane !== null && m.kind == Kind.REQUEST && lane.waiting.isCrowded(m.requestId))) {
    session.refuse(m, Refusal.IN_FLIGHT);
    lane = null;
  }
  if (lane !== null && plugin.config.edits !== null) {
    flushRun(session, false);
    if (session.blocked) return false;
    if (!putChanged(session, lane, at, n)) lane = session.refuse(m, Refusal.ATTACHMENTS);
  } else if (lane !== null && !putOn(session, lane, at, n)) return false;
  if (lane !== null) countRequest(session, lane);
  session.tried = 0;
  const order = session.order;
  if (order !== null && m.kind == Kind.REQUEST) order.next++;
  if (!whole) expectRest(session, lane, length - n);
  return true;
}

/** Puts a frame of a stream, of whose `length` bytes `n` are there, on the stream's lane. */
function takePart(session: Session, at: usize, n: u32, length: u32): bool {
  const m = session.plugin.metadata;
  const lane = laneOfStream(session, m.streamId);
  if (lane === null) add(session.plugin.stats.framesDropped, 1);
  else {
    if (!putOn(session, lane, at, n)) return false;
    lane.used = session.plugin.now;
    session.busyAt = session.plugin.now;
    passedPart(session, m, false);
  }
  session.tried = 0;
  if (length > n) expectRest(session, lane, length - n);
  return true;
}

/** Adds `n` bytes at `at` to what goes out; false if flow control holds the connection back. */
function putOn(session: Session, lane: Lane, at: usize, n: u32): bool {
  if (!continuesRun(lane, at)) {
    flushRun(session, false);
    if (session.blocked) return false;
    startRun(lane, at);
  }
  endRunAt(at + n);
  return true;
}

/** So much is to come of a frame whose start has gone to the lane (null: nowhere). */
function expectRest(session: Session, lane: Lane | null, rest: u32): void {
  session.restLength = rest;
  session.restStream = lane === null ? 0 : lane.stream;
  if (lane !== null) lane.unfinished = true;
}

/**
 * Whether the first `n` bytes of a request may have its metadata: not if those lie at its end,
 * not if the request is to be changed, and not without twice as much as was there at the last attempt, or a client that sends byte by
 * byte would have all read again for each.
 */
function mayTell(session: Session, n: u32): bool {
  const plugin = session.plugin;
  if (n < plugin.codec.headerLength || n < session.tried * 2) return false;
  return plugin.metadata.depth == Depth.CALL && plugin.config.edits === null;
}

function countRequest(session: Session, lane: Lane): void {
  const plugin = session.plugin;
  const m = plugin.metadata;
  lane.requests++;
  lane.used = plugin.now;
  session.busyAt = plugin.now;
  if (m.part & Part.BEGINS) beginStream(session, lane, m);
  if (m.kind == Kind.REQUEST) {
    if (session.order !== null) {
      if (lane.numbers === null) lane.numbers = new Queue();
      lane.numbers!.push(m.requestId);
    }
    const came = (<u64>plugin.microseconds) << 32;
    lane.waiting.add(m.requestId, came | (<u64>(m.replyContext + 1)));
    session.inFlight++;
    add(plugin.stats.requests, 1);
  } else if (m.kind == Kind.ONEWAY) add(plugin.stats.oneways, 1);
}

// --- the rest of a request that has begun to go out

/** The lane that it goes to; null: it was refused, or its lane is gone, and it goes nowhere. */
function restLane(session: Session): Lane | null {
  const lane = session.lanes.ofStream(session.restStream);
  return lane === null || lane.over || lane.ended ? null : lane;
}

/** Takes what is there of it; returns where it ends. */
function takeRest(session: Session, start: usize, stop: usize): usize {
  const n = min(session.restLength, <u32>(stop - start));
  const lane = restLane(session);
  if (lane !== null) {
    startRun(lane, start);
    endRunAt(start + n);
  }
  tookRest(session, n);
  return start + n;
}

/** `n` bytes of it are on their way. */
function tookRest(session: Session, n: u32): void {
  session.restLength -= n;
  session.busyAt = session.plugin.now;
  const lane = session.lanes.ofStream(session.restStream);
  if (lane === null) return;
  lane.used = session.plugin.now;
  if (session.restLength == 0) finished(session, lane);
}
