/** How lanes end: retired by this side, or given up by the HCM; and what they still have to say. */
import { add } from "../../host/metrics";
import { ErrorCode, FrameType, writeNumberFrame } from "../../http2/frame";
import { Lane } from "./lane";
import { writeEndStream } from "./request-headers";
import { Session, toHcm } from "./session";
import { failStreams } from "./streams";

/** The lane takes no more requests; it ends when those that it has are answered. */
export function retire(session: Session, lane: Lane): void {
  session.lanes.withdraw(lane);
  if (lane.isIdle) settled(session);
}

/** Retires lanes that nobody has used for so long (milliseconds). */
export function retireIdle(session: Session, time: u64): void {
  const now = session.plugin.now;
  let lane: Lane | null = session.lanes.first;
  while (lane !== null) {
    const unused = lane.isIdle && now - lane.used >= time;
    if (unused && !lane.retired) retire(session, lane);
    lane = lane.next;
  }
}

/** A retired lane has all its answers. */
export function settled(session: Session): void {
  session.anySettled = true;
  session.plugin.wake(session);
}

/** A lane has answers to heartbeats of its server. */
export function answered(session: Session): void {
  session.anyReplies = true;
  session.plugin.wake(session);
}

/** Sends the answers to heartbeats, each lane's as one piece and only where there is room. */
export function sendReplies(session: Session): void {
  if (!session.anyReplies) return;
  session.anyReplies = false;
  let lane: Lane | null = session.lanes.first;
  while (lane !== null) {
    if (!lane.unfinished) {
      sendRepliesOf(session, lane);
      lane.replies.clear();
    }
    lane = lane.next;
  }
}

function sendRepliesOf(session: Session, lane: Lane): void {
  const n = <u32>lane.replies.length;
  if (n == 0 || lane.ended || lane.over) return;
  if (session.heldStream == lane.stream || session.room(lane) < n) return;
  session.send(lane, lane.replies.at, n);
}

/** The rest of a long request has gone out: the lane may be used for something else. */
export function finished(session: Session, lane: Lane): void {
  lane.unfinished = false;
  if (lane.retired) settled(session);
  if (lane.replies.length > 0) answered(session);
}

/**
 * Ends retired lanes that have their answers from this side: the upstream connection
 * half-closes behind the last byte. Not done at once: DATA may still be on its way out.
 * Lanes that gave all their answers and were not reset by the HCM meanwhile are given up.
 */
export function endSettled(session: Session): void {
  if (!session.anySettled) return;
  session.anySettled = false;
  let lane: Lane | null = session.lanes.first;
  while (lane !== null) {
    const next = lane.next;
    if (lane.over) {
      writeNumberFrame(toHcm, FrameType.RST_STREAM, lane.stream, ErrorCode.CANCEL);
      remove(session, lane);
    } else if (lane.retired && !lane.ended && lane.isIdle) {
      if (session.heldStream == lane.stream) session.anySettled = true;
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
export function laneEnded(
  session: Session,
  lane: Lane,
  status: u32,
  message: usize,
  n: u32,
  closed: bool,
): void {
  const waiting = lane.waiting;
  if (waiting.count + lane.streams > 0 || (status != 200 && !lane.over))
    add(session.plugin.stats.lanesFailed, 1);
  for (let i: u32 = 0; i < waiting.size; i++) {
    const value = waiting.valueAt(i);
    if (value != 0) session.replyError(waiting.keyAt(i), <u32>value - 1, status, message, n);
  }
  session.inFlight -= waiting.count;
  waiting.release();
  failStreams(session, lane, status, message, n);
  if (lane.answering) session.breakOff();
  if (session.heldStream == lane.stream) {
    session.held.clear();
    session.heldStream = 0;
    session.plugin.wake(session);
  }
  if (closed || lane.ended) remove(session, lane);
  else {
    lane.over = true;
    retire(session, lane);
  }
}

export function remove(session: Session, lane: Lane): void {
  session.lanes.remove(lane);
  add(session.plugin.stats.lanesActive, -1);
}

/** The lane failed; who waits on it gets an error reply with this status and reason. */
export function failLane(
  session: Session,
  lane: Lane,
  status: u32,
  reason: ArrayBuffer,
  closed: bool,
): void {
  laneEnded(session, lane, status, changetype<usize>(reason), reason.byteLength, closed);
}
