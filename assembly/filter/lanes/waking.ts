/**
 * What a session does when Envoy is idle: the only place that injects unasked, and the one from
 * which connections are closed. Called from timers, after `plugin.wake` and once a tick.
 */
import { BufferType, readAt, readBuffer, readLength, replaceBuffer } from "../../host/buffer";
import { actOn, closeDownstream, inject } from "../../host/stream";
import { Plugin, Sleeper } from "../plugin";
import { CloseReason } from "../stats";
import { endSettled, retireIdle, sendReplies } from "./ending";
import { fromClient } from "./from-client";
import { Lane } from "./lane";
import { forgetSilent } from "./silence";
import { Session, toHcm } from "./session";

/** A connection that is to close waits so long for answers that are in flight (milliseconds). */
const CLOSE_PATIENCE: u64 = 30_000;
/**
 * A client that goes on sending has so long (milliseconds) to read the last answers: what it sends
 * to a closed connection resets that, and answers that it has not read are lost.
 */
const LINGER: u64 = 500;
/**
 * A draining connection closes after so long without anything in flight (milliseconds). Requests
 * bear the time of the last tick: it may have been half a second less.
 */
const DRAIN_IDLE: u64 = 1000;
/**
 * One that never idles closes so long after its last lane could be opened (milliseconds): what is
 * in flight is then answered, which it would not be at the end of the drain.
 */
const DRAIN_PATIENCE: u64 = 5_000;

/**
 * Looks after all sessions, and then wakes those that asked for it, each once: what is injected
 * reaches the HCM when the callback is over, and a second injection would take its place.
 */
export function tickSessions(plugin: Plugin): void {
  let sleeper: Sleeper | null = plugin.sleepers;
  while (sleeper !== null) {
    lookAfter(changetype<Session>(sleeper));
    sleeper = sleeper.next;
  }
  sleeper = plugin.takeAwake();
  while (sleeper !== null) {
    const next = sleeper.nextAwake;
    const session = changetype<Session>(sleeper);
    session.awake = false;
    if (session.gone) session.free();
    else wakeUp(session);
    sleeper = next;
  }
}

function wakeUp(session: Session): void {
  actOn(session.id);
  session.beginOutput();
  resume(session);
  sendReplies(session);
  endSettled(session);
  if (session.toClient.length > 0 && session.answering == 0) session.poke();
  if (toHcm.length > 0) {
    takeUnread(session);
    inject(toHcm.at, toHcm.length);
  }
  if (session.goaway && isQuiet(session)) session.close(CloseReason.DRAINED);
  closeIfDone(session);
  actOn(session.plugin.rootId);
}

function lookAfter(session: Session): void {
  const now = session.plugin.now;
  if (session.muted && session.mayUnmute()) session.plugin.wake(session);
  // One that is about to be woken may have bytes of the client that nobody has looked at.
  if (!session.closing && (isBusy(session) || session.awake)) session.busyAt = now;
  if (session.plugin.codec.mayStaySilent && session.order === null) forgetSilent(session);
  const left = session.draining && now - session.busyAt >= DRAIN_IDLE;
  const stayed = session.goaway && now - session.goawayAt >= DRAIN_PATIENCE;
  // Closed in this very tick: no request may come in between.
  if (left || stayed) session.close(CloseReason.DRAINED);
  const idle = session.plugin.config.idleSeconds;
  if (idle != 0 && !session.goaway) retireIdle(session, <u64>idle * 1000);
  if (session.closing && now - session.busyAt >= CLOSE_PATIENCE) session.plugin.wake(session);
}

/** Whether something has not reached the client, or the HCM, that must. */
function isBusy(session: Session): bool {
  return (
    session.inFlight > 0 ||
    session.restLength > 0 ||
    session.answering != 0 ||
    session.toClient.length > 0 ||
    session.muted ||
    session.blocked
  );
}

/**
 * No request, nor a part of one, is here: after the last lane was opened, a good moment to close.
 * A lane without a status still connects to its server, and may keep oneway calls until then.
 */
function isQuiet(session: Session): bool {
  if (isBusy(session) || session.inbox.length > 0) return false;
  let lane: Lane | null = session.lanes.first;
  while (lane !== null && lane.status != 0) lane = lane.next;
  return lane === null;
}

function closeIfDone(session: Session): void {
  if (!session.closing) return;
  if (session.broken) {
    closeDownstream();
    return;
  }
  const now = session.plugin.now;
  if (now - session.busyAt < CLOSE_PATIENCE) {
    if (isBusy(session)) return;
    if (session.dropped) {
      session.busyAt = min(session.busyAt, now + LINGER - CLOSE_PATIENCE); // the first time counts
      return;
    }
  }
  closeDownstream();
}

/** Goes on where flow control stopped: what was held, then what was not yet looked at. */
function resume(session: Session): void {
  if (session.blocked) {
    const lane = session.lanes.ofStream(session.heldStream)!;
    const n = min(session.room(lane), <u32>session.held.length);
    if (n == 0) return;
    session.send(lane, session.held.at, n);
    session.held.drop(n);
    if (session.held.length > 0) return;
    session.heldStream = 0;
  }
  if (session.muted) return;
  takeUnread(session);
  if (session.inbox.length == 0 || session.closing) return;
  session.plugin.readClock();
  fromClient(session, 0, 0);
}

/** Takes over what was left in Envoy's read buffer, before that is replaced; drops it at the end. */
export function takeUnread(session: Session): void {
  if (session.unread == 0) return;
  if (session.closing) session.dropped = true;
  else if (readBuffer(BufferType.DOWNSTREAM, session.unread)) {
    session.inbox.append(readAt, readLength);
    const held = session.inbox.length + session.held.length;
    if (held > session.plugin.config.maxBufferedBytes) session.close(CloseReason.BUFFER);
    session.boundMemory();
  }
  session.unread = 0;
  replaceBuffer(BufferType.DOWNSTREAM, 0, 0);
}
