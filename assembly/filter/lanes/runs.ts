/**
 * Runs: bytes of one lane that lie back to back in what the client sent, and go to the HCM as
 * DATA. What all of a read's bytes come to is not copied: if they are one large run, only a frame
 * header is put before them in Envoy's own buffer; else headers are written into the copy that
 * was read, where it lies.
 */
import { FRAME_HEADER, Flag, FrameType, storeFrameHeader } from "../../http2/frame";
import { Lane } from "./lane";
import { Session, toHcm } from "./session";

/** From so many bytes on, a header before Envoy's bytes costs less than a copy of them. */
const LARGE: u32 = 8192;

/** The run that is not sent yet. */
let runLane: Lane | null = null;
let runAt: usize = 0;
let runEnd: usize = 0;
/** From here on the region's memory is ours to write: a DATA header fits before a run. */
let writableFrom: usize = 0;
/** Where the bytes lie that Envoy's buffer has, too, and nothing else; 0: nowhere. */
let wholeAt: usize = 0;
let wholeEnd: usize = 0;

/**
 * What goes out behind `toHcm`. `wholeStream`: Envoy's buffer as it is, as DATA of this stream.
 * `directLength`: so many bytes at `directAt`. 0: neither.
 */
export let wholeStream: u32 = 0;
export let directAt: usize = 0;
export let directLength: usize = 0;

/** Begins a callback's output. */
export function beginRuns(): void {
  runLane = null;
  wholeStream = 0;
  directLength = 0;
}

/**
 * The runs to come lie in memory that may be written from `writable` on; `whole`: Envoy's buffer
 * has the bytes from there to `end`, and no others; 0: it has not.
 */
export function beginRegion(writable: usize, whole: usize, end: usize): void {
  writableFrom = writable;
  wholeAt = whole;
  wholeEnd = end;
}

/** Whether bytes at `at` go on with the current run. */
export function continuesRun(lane: Lane, at: usize): bool {
  return lane === runLane && at == runEnd;
}

export function startRun(lane: Lane, at: usize): void {
  runLane = lane;
  runAt = at;
}

export function endRunAt(end: usize): void {
  runEnd = end;
}

/** All of Envoy's buffer, `n` bytes, goes on as it is, if the lane and one frame have room. */
export function passWhole(session: Session, lane: Lane, n: u32): bool {
  if (session.room(lane) < n || n > session.peerMaxFrame) return false;
  lane.window -= n;
  session.window -= n;
  wholeStream = lane.stream;
  return true;
}

/** Sends the run as far as flow control lets it, and holds the rest. */
export function flushRun(session: Session, last: bool): void {
  const lane = runLane;
  if (lane === null) return;
  runLane = null;
  const n = <u32>(runEnd - runAt);
  const isWhole = last && n >= LARGE && runAt == wholeAt && runEnd == wholeEnd;
  if (isWhole && passWhole(session, lane, n)) return;
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

/** What was to go out from where it lies is copied, since it does not stay there. */
export function keepDirect(): void {
  toHcm.append(directAt, directLength);
  directLength = 0;
}
