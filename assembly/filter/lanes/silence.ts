/**
 * Requests that look like calls and are none: of a protocol whose oneway calls can't be told
 * (`Codec.mayStaySilent`), what has waited long, while later requests were answered, is forgotten.
 */
import { Lane } from "./lane";
import { settled } from "./ending";
import { Session } from "./session";

/** So long a request waits at least (microseconds). */
const PATIENCE: u32 = 600_000_000;
/** And so long where maxInFlight leaves no room for others. */
const IMPATIENCE: u32 = 30_000_000;
/** Time between two looks (milliseconds). */
const PERIOD: u64 = 30_000;
const URGENT_PERIOD: u64 = 1_000;

/** Looks after a session from time to time. */
export function forgetSilent(session: Session): void {
  if (session.plugin.now - session.listenedAt >= PERIOD) listen(session, PATIENCE);
}

/** Makes room for requests; whether there is some. */
export function makeRoom(session: Session): bool {
  const plugin = session.plugin;
  if (!plugin.codec.mayStaySilent || session.order !== null) return false;
  if (plugin.now - session.listenedAt >= URGENT_PERIOD) listen(session, IMPATIENCE);
  return session.inFlight < plugin.config.maxInFlight;
}

function listen(session: Session, patience: u32): void {
  session.listenedAt = session.plugin.now;
  let lane: Lane | null = session.lanes.first;
  while (lane !== null) {
    forgetOf(session, lane, patience);
    lane = lane.next;
  }
}

function forgetOf(session: Session, lane: Lane, patience: u32): void {
  const waiting = lane.waiting;
  const now = session.plugin.microseconds;
  const before = waiting.count;
  for (let i: u32 = 0; i < waiting.size && waiting.count > 0;) {
    const value = waiting.valueAt(i);
    const came = <u32>(value >> 32);
    if (value == 0 || now - came < patience || <i32>(lane.answered - came) <= 0) i++;
    else waiting.remove(waiting.keyAt(i), value); // another entry may have moved to this place
  }
  session.inFlight -= before - waiting.count;
  if (before > waiting.count && lane.retired && lane.isIdle) settled(session);
}
