/**
 * From the HCM to the client: HTTP/2 frames are read, the DATA of each lane is cut into the
 * protocol's frames, and whole frames go to the client.
 */
import { load16, load32 } from "../../bytes/order";
import {
  DEFAULT_MAX_FRAME,
  ErrorCode,
  FRAME_HEADER,
  Flag,
  FrameType,
  LARGEST_FRAME,
  Setting,
  frameFlags,
  frameLength,
  frameStream,
  frameType,
  writeFrame,
  writeNumberFrame,
} from "../../http2/frame";
import { foundAt, foundLength, readResponse } from "../../http2/hpack";
import { CloseReason } from "../stats";
import { failLane, laneEnded } from "./ending";
import { Lane } from "./lane";
import {
  DRAINING,
  LANE_RESET,
  NOT_HTTP2,
  NO_FRAME,
  REFUSED,
  SERVER_BROKE,
  SERVER_CLOSED,
} from "./reasons";
import { OK, addLocalReply, answerNext, cutResponses, replenish } from "./responses";
import { Session } from "./session";
import { WEIGHT_HEADER } from "./shares";
import { beginPieces, emit, endPieces } from "./to-client";
import { learnShare } from "./weights";

/** The HCM is told of all received bytes when half of the largest window is used up. */
const REPLENISH: u32 = 1 << 30;
/** Header blocks beyond this are no answers of an HCM. */
const LONGEST_HEADERS: usize = 1 << 18;
/** The last stream of a GOAWAY that forbids none yet (RFC 9113, section 6.8). */
const NOTICE: u32 = 0x7fffffff;

/** Takes `n` bytes that the HCM writes; the result is at `outputAt` (to-client.ts). */
export function fromHcm(session: Session, p: usize, n: usize): void {
  beginPieces();
  session.plugin.metadata.fromServer = true;
  if (!session.broken && !readFrames(session, p, p + n)) fail(session);
  if (session.longWait && session.answering == 0) answerNext(session);
  if (session.toClient.length > 0 && session.answering == 0 && !session.broken) {
    emit(session.toClient.at, session.toClient.length, false);
    session.toClient.clear();
  }
  endPieces();
  if (session.inFlight == 0 && session.answering == 0 && (session.closing || session.goaway))
    session.plugin.wake(session);
}

/** What stands behind the filter is no HTTP/2 server: nothing will be answered any more. */
function fail(session: Session): void {
  while (session.lanes.first !== null)
    failLane(session, session.lanes.first!, 502, NOT_HTTP2, true);
  session.close(CloseReason.HTTP2);
}

/** Reads frames across callbacks; false if they break the protocol. */
function readFrames(session: Session, p: usize, stop: usize): bool {
  const frame = session.frame;
  while (p < stop && !session.broken) {
    if (session.dataLeft > 0) {
      const n = min(session.dataLeft, <u32>(stop - p));
      session.dataLeft -= n;
      readData(session, p, n);
      p += n;
      continue;
    }
    if (frame.length == 0 && stop - p >= FRAME_HEADER) {
      if (frameType(p) == FrameType.DATA) {
        if (!beginData(session, p)) return false;
        p += FRAME_HEADER;
        continue;
      }
      if (isTooLong(p)) return false;
      const whole = FRAME_HEADER + frameLength(p);
      if (<u32>(stop - p) >= whole) {
        if (!readFrame(session, p)) return false;
        p += whole;
        continue;
      }
    }
    // A frame that arrives in pieces: collect its header, then (unless it is DATA) all of it.
    if (frame.length >= FRAME_HEADER && isTooLong(frame.at)) return false;
    const need: usize =
      frame.length < FRAME_HEADER ? FRAME_HEADER : FRAME_HEADER + frameLength(frame.at);
    const n = min<usize>(need - frame.length, stop - p);
    frame.append(p, n);
    p += n;
    if (frame.length < FRAME_HEADER) return true;
    if (frameType(frame.at) == FrameType.DATA) {
      if (!beginData(session, frame.at)) return false;
      frame.clear();
    } else if (frame.length == FRAME_HEADER + frameLength(frame.at)) {
      if (!readFrame(session, frame.at)) return false;
      frame.clear();
    }
  }
  return true;
}

/** DATA goes on as it comes; frames of other types are kept until they are whole. */
function isTooLong(p: usize): bool {
  return frameLength(p) > (frameType(p) == FrameType.DATA ? LARGEST_FRAME : <u32>LONGEST_HEADERS);
}

function beginData(session: Session, p: usize): bool {
  // An HCM never pads; a padded frame would need its padding cut off.
  if ((frameFlags(p) & Flag.PADDED) != 0 || frameStream(p) == 0 || isTooLong(p)) return false;
  session.dataLeft = frameLength(p);
  session.dataStream = frameStream(p);
  session.dataFlags = frameFlags(p);
  if (session.dataLeft == 0) readData(session, p, 0);
  return true;
}

/** `n` bytes of the current DATA frame. */
function readData(session: Session, p: usize, n: u32): void {
  session.received += n;
  if (session.received >= REPLENISH) {
    writeNumberFrame(session.control, FrameType.WINDOW_UPDATE, 0, session.received);
    session.received = 0;
    session.plugin.wake(session);
  }
  const stream = session.dataStream;
  let lane: Lane | null = session.lanes.ofStream(stream);
  if (lane === null || lane.over) return; // given up already
  lane.received += n;
  if (lane.status != OK) addLocalReply(lane, p, n);
  else if (!cutResponses(session, lane, p, n)) {
    writeNumberFrame(session.control, FrameType.RST_STREAM, stream, ErrorCode.CANCEL);
    session.plugin.wake(session);
    failLane(session, lane, 502, NO_FRAME, true);
    lane = null;
  } else replenish(session, lane);
  if (lane !== null && session.dataLeft == 0 && (session.dataFlags & Flag.END_STREAM) != 0)
    endLane(session, lane);
}

/** The HCM ended the lane's response: by its own reply, or since the server closed. */
function endLane(session: Session, lane: Lane): void {
  const text = lane.partial;
  if (lane.status != OK && text.length > 0)
    laneEnded(session, lane, lane.status, text.at, <u32>text.length, false);
  else if (lane.status != OK) failLane(session, lane, lane.status, REFUSED, false);
  else
    failLane(session, lane, lane.waiting.count + lane.streams > 0 ? 503 : OK, SERVER_CLOSED, false);
}

/** A whole frame other than DATA, its header at `p`. */
function readFrame(session: Session, p: usize): bool {
  const n = frameLength(p);
  const flags = frameFlags(p);
  const stream = frameStream(p);
  const body = p + FRAME_HEADER;
  if (session.headersStream != 0 && frameType(p) != FrameType.CONTINUATION) return false;
  switch (frameType(p)) {
    case FrameType.HEADERS:
      return stream != 0 && readHeaders(session, stream, flags, body, n);
    case FrameType.CONTINUATION:
      if (stream == 0 || stream != session.headersStream) return false;
      return addHeaders(session, (flags & Flag.END_HEADERS) != 0, body, n);
    case FrameType.RST_STREAM: {
      if (n != 4 || stream == 0) return false;
      const lane = session.lanes.ofStream(stream);
      if (lane === null) return true;
      // Where the connection to the server stood, it is what broke.
      failLane(session, lane, 503, lane.status == OK ? SERVER_BROKE : LANE_RESET, true);
      return true;
    }
    case FrameType.SETTINGS:
      return stream == 0 && ((flags & Flag.ACK) != 0 ? n == 0 : readSettings(session, body, n));
    case FrameType.PING:
      if (n != 8 || stream != 0) return false;
      if ((flags & Flag.ACK) != 0) session.poked();
      else {
        writeFrame(session.control, FrameType.PING, Flag.ACK, 0, body, 8);
        session.plugin.wake(session);
      }
      return true;
    case FrameType.GOAWAY:
      return n >= 8 && stream == 0 && readGoaway(session, load32(body) & 0x7fffffff);
    case FrameType.WINDOW_UPDATE:
      return n == 4 && readWindowUpdate(session, stream, load32(body) & 0x7fffffff);
    case FrameType.PUSH_PROMISE:
      return false; // refused by our SETTINGS
    default:
      return true; // PRIORITY and extensions (RFC 9113, section 5.5)
  }
}

function readHeaders(session: Session, stream: u32, flags: u32, p: usize, n: u32): bool {
  let skip: u32 = 0;
  let padding: u32 = 0;
  if ((flags & Flag.PADDED) != 0) {
    if (n < 1) return false;
    padding = <u32>load<u8>(p);
    skip = 1;
  }
  if ((flags & Flag.PRIORITY) != 0) skip += 5;
  if (skip + padding > n) return false;
  session.headersStream = stream;
  session.headersFlags = flags;
  session.headers.clear();
  return addHeaders(session, (flags & Flag.END_HEADERS) != 0, p + skip, n - skip - padding);
}

function addHeaders(session: Session, end: bool, p: usize, n: u32): bool {
  const headers = session.headers;
  if (headers.length + n > LONGEST_HEADERS) return false;
  headers.append(p, n);
  if (!end) return true;
  const lane = session.lanes.ofStream(session.headersStream);
  session.headersStream = 0;
  const status = readResponse(headers.at, <u32>headers.length, WEIGHT_HEADER);
  headers.clear();
  const ended = (session.headersFlags & Flag.END_STREAM) != 0;
  if (lane === null || lane.over) return true;
  if (lane.status == 0) {
    if (status < 100) return false;
    if (status >= 200) lane.status = status;
    if (status == OK) learnShare(session, lane, foundAt, foundLength);
  } // else: trailers
  if (ended) endLane(session, lane);
  return true;
}

function readSettings(session: Session, p: usize, n: u32): bool {
  if (n % 6 != 0) return false;
  for (const stop = p + n; p < stop; p += 6) {
    const value = load32(p + 2);
    switch (load16(p)) {
      case Setting.MAX_CONCURRENT_STREAMS:
        session.peerMaxStreams = value;
        break;
      case Setting.INITIAL_WINDOW_SIZE: {
        if (value > 0x7fffffff) return false;
        const change = <i64>value - <i64>session.peerWindow;
        session.peerWindow = value;
        session.lanes.widen(change);
        break;
      }
      case Setting.MAX_FRAME_SIZE:
        if (value < DEFAULT_MAX_FRAME || value > 0xffffff) return false;
        session.peerMaxFrame = value;
        break;
    }
  }
  // Not urgent: the acknowledgement goes with the next bytes towards the HCM.
  writeFrame(session.control, FrameType.SETTINGS, Flag.ACK, 0, 0, 0);
  if (session.blocked) session.plugin.wake(session);
  return true;
}

function readWindowUpdate(session: Session, stream: u32, more: u32): bool {
  if (stream == 0) session.window += more;
  else {
    const lane = session.lanes.ofStream(stream);
    if (lane !== null) lane.window += more;
  }
  if (session.blocked) session.plugin.wake(session);
  return session.window <= 0x7fffffff;
}

/**
 * The listener drains. The first GOAWAY is a notice: the client has time to leave, and the HCM
 * still takes lanes. With the next one no lane is opened any more; those beyond `last` were
 * never looked at.
 */
function readGoaway(session: Session, last: u32): bool {
  if (!session.draining) session.sayGoodbye();
  session.draining = true;
  if (last == NOTICE) return true;
  if (!session.goaway) session.goawayAt = session.plugin.now;
  session.goaway = true;
  let lane: Lane | null = session.lanes.first;
  while (lane !== null) {
    const next = lane.next;
    if (lane.stream > last) failLane(session, lane, 503, DRAINING, true);
    lane = next;
  }
  return true;
}
