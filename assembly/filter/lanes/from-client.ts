/**
 * From the client to the HCM: frames are found in the client's bytes, and runs of frames for
 * one lane become DATA of that lane.
 */
import { Bytes } from "../../bytes/buffer";
import { INCOMPLETE } from "../../codecs/codec";
import { Kind } from "../../codecs/metadata";
import { Read } from "../../codecs/codec";
import { HEADROOM } from "../../host/arena";
import { add } from "../../host/metrics";
import { FRAME_HEADER, Flag, FrameType, storeFrameHeader } from "../../http2/frame";
import { CloseReason, Refusal } from "../stats";
import { Lane } from "./lane";
import { laneFor, laneOfSame } from "./opening";
import { Session, toHcm } from "./session";

/** Frames back to back that go to one lane and are not sent yet. */
let runLane: Lane | null = null;
let runAt: usize = 0;
let runEnd: usize = 0;
/** From here on the region's memory is ours to write: a DATA header fits before a run. */
let writableFrom: usize = 0;

/**
 * When all that goes out is one run, it goes out from where it lies, with headers of DATA frames
 * written into it (`frameInPlace`). Otherwise `directLength` is 0 and the output is in `toHcm`.
 */
export let directAt: usize = 0;
export let directLength: usize = 0;

/**
 * Takes `n` new bytes of the client. They lie in the arena, with HEADROOM before them; what
 * was left of earlier bytes is put there, so that the new ones are not copied.
 */
export function fromClient(session: Session, p: usize, n: usize): void {
  directLength = 0;
  session.turn++;
  const inbox = session.inbox;
  if (inbox.length == 0) {
    writableFrom = p - HEADROOM;
    keepRest(inbox, p, n, process(session, p, p + n));
  } else if (n > 0 && inbox.length + FRAME_HEADER <= HEADROOM) {
    const start = p - inbox.length;
    memory.copy(start, inbox.at, inbox.length);
    writableFrom = p - HEADROOM;
    n += inbox.length;
    inbox.clear();
    keepRest(inbox, start, n, process(session, start, start + n));
  } else {
    // A frame longer than the headroom is collected in the inbox.
    inbox.append(p, n);
    writableFrom = inbox.at;
    const used = process(session, inbox.at, inbox.at + inbox.length);
    if (session.closing) inbox.clear();
    else if (directLength > 0) {
      // The output lies in the inbox itself: copy it before the inbox changes.
      toHcm.append(directAt, directLength);
      directLength = 0;
      inbox.drop(used);
    } else inbox.drop(used);
  }
}

function keepRest(inbox: Bytes, p: usize, n: usize, used: usize): void {
  inbox.append(p + used, n - used);
}

/** Handles whole frames from `start`; returns how many bytes were used up. */
function process(session: Session, start: usize, stop: usize): usize {
  const plugin = session.plugin;
  const codec = plugin.codec;
  const m = plugin.metadata;
  m.fromServer = false;
  runLane = null;
  let at = start;
  while (at < stop) {
    const left = <u32>(stop - at);
    const length = codec.measure(at, left);
    if (length == INCOMPLETE) break;
    if (length < 0) {
      session.close(CloseReason.MALFORMED);
      break;
    }
    if (length > <i64>plugin.config.maxFrameBytes) {
      if (left >= codec.headerLength) {
        codec.readHead(at, m);
        session.refuse(m, Refusal.OVERSIZE);
      }
      session.close(CloseReason.OVERSIZE);
      break;
    }
    if (length > <i64>left) break;
    codec.readHead(at, m);
    if (m.kind == Kind.REQUEST || m.kind == Kind.ONEWAY) {
      if (!takeRequest(session, at, <u32>length)) break;
    } else if (m.kind == Kind.HEARTBEAT && !m.reply) {
      const to = session.toClient;
      const reply = to.reserve(codec.replyLimit(0));
      to.length += codec.writeHeartbeatReply(reply, m);
      add(plugin.stats.heartbeats, 1);
    } else {
      add(plugin.stats.framesDropped, 1);
    }
    at += <usize>length;
  }
  flushRun(session, true);
  return session.closing ? stop - start : at - start;
}

/** Puts a request on its lane; false if flow control holds the connection back first. */
function takeRequest(session: Session, at: usize, length: u32): bool {
  const plugin = session.plugin;
  const m = plugin.metadata;
  if (m.kind == Kind.REQUEST && session.inFlight >= plugin.config.maxInFlight) {
    session.refuse(m, Refusal.IN_FLIGHT);
    return true;
  }
  let lane = laneOfSame(session, m, at, at + length);
  if (lane === null) {
    m.clear();
    if (plugin.codec.readMetadata(at, length, length, m) != Read.DONE) {
      session.refuse(m, Refusal.UNREADABLE);
      return true;
    }
    lane = laneFor(session, m, at, at + length);
    if (lane === null) return true;
  }
  if (m.kind == Kind.REQUEST && lane.waiting.isCrowded(m.requestId)) {
    session.refuse(m, Refusal.IN_FLIGHT); // the same id many times, or ids made to collide
    return true;
  }
  if (lane !== runLane || at != runEnd) {
    flushRun(session, false);
    if (session.blocked) return false;
    runLane = lane;
    runAt = at;
  }
  runEnd = at + length;
  lane.requests++;
  lane.used = plugin.now;
  session.busyAt = plugin.now;
  if (m.kind == Kind.REQUEST) {
    lane.waiting.add(m.requestId, <u64>m.replyContext + 1);
    session.inFlight++;
    add(plugin.stats.requests, 1);
  } else add(plugin.stats.oneways, 1);
  return true;
}

/**
 * Makes DATA frames of the run where it lies. The first is the short one, and all but the last
 * are moved a little to the left to make room for the headers: of a request somewhat longer than
 * a frame may be, next to nothing is copied.
 */
function frameInPlace(stream: u32, n: u32, frames: u32, maxFrame: u32): void {
  let from = runAt;
  let to = runAt - frames * FRAME_HEADER;
  directAt = to;
  directLength = n + frames * FRAME_HEADER;
  for (let part = n - (frames - 1) * maxFrame; from < runEnd; part = maxFrame) {
    if (to + FRAME_HEADER != from) memory.copy(to + FRAME_HEADER, from, part);
    storeFrameHeader(to, part, FrameType.DATA, Flag.NONE, stream);
    to += FRAME_HEADER + part;
    from += part;
  }
}

/** Sends the run as far as flow control lets it, and holds the rest. */
function flushRun(session: Session, last: bool): void {
  const lane = runLane;
  if (lane === null) return;
  runLane = null;
  const n = <u32>(runEnd - runAt);
  const now = min(n, session.room(lane));
  const frames = (n - 1) / session.peerMaxFrame + 1;
  const fits = now == n && runAt - writableFrom >= frames * FRAME_HEADER;
  if (last && fits && toHcm.length == 0) {
    frameInPlace(lane.stream, n, frames, session.peerMaxFrame);
    lane.window -= n;
    session.window -= n;
    return;
  }
  session.send(lane, runAt, now);
  if (now == n) return;
  session.held.append(runAt + now, n - now);
  session.heldStream = lane.stream;
}
