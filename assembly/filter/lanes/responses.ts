/** The responses in a lane's bytes: cut into frames, and matched with who waits for them. */
import { Codec, INCOMPLETE, Read } from "../../codecs/codec";
import { Kind, Part } from "../../codecs/metadata";
import { add } from "../../host/metrics";
import { FrameType, writeNumberFrame } from "../../http2/frame";
import { CloseReason } from "../stats";
import { answered, retire, settled } from "./ending";
import { Lane } from "./lane";
import { LANE_WINDOW, Session } from "./session";
import { answeredRequest, laneOfStream, passedPart } from "./streams";
import { emit, emitAll } from "./to-client";

/** `:status` of a lane whose upstream connection stands. */
export const OK: u32 = 200;
/** Longest text of a local reply that is passed on, in bytes. */
const LONGEST_MESSAGE: usize = 512;
/** Memory is taken at once for so many bytes of a response that has not come whole, no more. */
const RESERVED: i64 = 65536;
/**
 * A longer response goes to the client as it comes. Until it is whole nothing else can be written,
 * and if its server dies, so does the client's connection: that is not risked for less.
 */
const LONG: i64 = 256 * 1024;
/** The HCM is told of a lane's bytes that have been taken when they are so many. */
const REPLENISH: u32 = LANE_WINDOW >> 2;
/** Most bytes of heartbeat answers that wait on one lane. */
const MOST_REPLIES: usize = 1024;

/** Text of the HCM's own reply: it becomes the message of the error replies. */
export function addLocalReply(lane: Lane, p: usize, n: u32): void {
  const room = LONGEST_MESSAGE - lane.partial.length;
  lane.partial.append(p, min<usize>(n, room));
}

/**
 * Takes `n` bytes of the server's. Whole frames go to the client, and long ones as they come; the
 * start of one that is not complete waits in `lane.partial`.
 * @returns false if the bytes are no frames of the protocol
 */
export function cutResponses(session: Session, lane: Lane, p: usize, n: u32): bool {
  const codec = session.plugin.codec;
  const most = <i64>session.plugin.config.maxFrameBytes;
  const partial = lane.partial;
  const stop = p + n;
  if (lane.answering) p = goOn(session, lane, p, stop);
  else if (lane.unwanted > 0) p = drop(lane, p, stop);
  while (partial.length > 0 && p < stop) {
    p = goOnWithPartial(session, lane, p, stop);
    if (p == 0) return false;
  }
  while (p < stop) {
    const left = <u32>(stop - p);
    const length = codec.measure(p, left);
    if (length < 0 || length > most) return false;
    if (length > <i64>left && isLong(session, lane, p, left, length)) {
      beginLong(session, lane, p, left, <u32>length);
      return true;
    }
    if (length == INCOMPLETE || length > <i64>left) {
      if (<i64>left > most) return false;
      partial.reserve(<usize>min(max(length, left), RESERVED));
      partial.append(p, left);
      return true;
    }
    const taken = takeResponse(session, lane, p, <u32>length);
    if (taken == Taken.WRONG) return false;
    if (taken == Taken.PASS) write(session, p, <usize>length, true);
    p += <usize>length;
  }
  return true;
}

/**
 * Adds to the frame whose start waits what belongs to it, and takes it if it is whole.
 * @returns where the bytes begin that are left; 0: they are no frames of the protocol
 */
function goOnWithPartial(session: Session, lane: Lane, p: usize, stop: usize): usize {
  const codec = session.plugin.codec;
  const most = <i64>session.plugin.config.maxFrameBytes;
  const partial = lane.partial;
  const have = <u32>partial.length;
  let length = codec.measure(partial.at, have);
  if (length < 0 || length > most) return 0;
  if (length == INCOMPLETE) length = <i64>(have + wantedMore(codec, have, <u32>(stop - p)));
  const more = min<usize>(<usize>length - have, stop - p);
  partial.append(p, more);
  p += more;
  length = codec.measure(partial.at, <u32>partial.length);
  if (length < 0 || length > most || <i64>partial.length > most) return 0;
  if (length != INCOMPLETE && length < <i64>partial.length) {
    // Its end was only found with bytes of the next one: those are looked at where they lie.
    p -= partial.length - <usize>length;
    partial.length = <usize>length;
  }
  if (
    length > <i64>partial.length &&
    isLong(session, lane, partial.at, <u32>partial.length, length)
  ) {
    beginLong(session, lane, partial.at, <u32>partial.length, <u32>length);
    partial.clear();
    p = lane.answering ? goOn(session, lane, p, stop) : drop(lane, p, stop);
  } else if (length == <i64>partial.length) {
    const taken = takeResponse(session, lane, partial.at, <u32>length);
    if (taken == Taken.WRONG) return 0;
    if (taken == Taken.PASS) {
      if (session.answering == 0 && session.order === null) emitAll(partial);
      else write(session, partial.at, partial.length, false);
    }
    partial.clear();
  }
  return p;
}

/**
 * How many of `left` bytes belong to the frame whose first `have` bytes do not tell its length: those
 * of its header, or for all one knows, all.
 */
function wantedMore(codec: Codec, have: u32, left: u32): u32 {
  return have < codec.headerLength ? codec.headerLength - have : left;
}

/**
 * Writes the whole frame that `takeResponse` has looked at to the client; queues it if the client
 * is in the middle of another one, or keeps it if its turn has not come.
 */
function write(session: Session, p: usize, n: usize, stable: bool): void {
  const order = session.order;
  let waiting: usize = 0;
  if (order !== null) {
    order.deliver(session.plugin.metadata.requestId, p, n, session.toClient);
    waiting = order.held;
  } else if (session.answering == 0) {
    emit(p, n, stable);
    return;
  } else {
    session.toClient.append(p, n);
    waiting = session.toClient.length;
  }
  if (waiting > session.plugin.config.maxBufferedBytes) session.close(CloseReason.BUFFER);
}

// --- long responses

/** Whether the `n` bytes at `p` begin a long response, and it is its turn. */
function isLong(session: Session, lane: Lane, p: usize, n: u32, length: i64): bool {
  const codec = session.plugin.codec;
  if (length <= LONG || n < codec.headerLength) return false;
  if (codec.readHead(p, n, session.plugin.metadata) != Read.DONE) return false;
  if (session.plugin.metadata.kind != Kind.RESPONSE) return false;
  const numbers = lane.numbers;
  const isDue = numbers === null || numbers.isEmpty || session.order!.isDue(numbers.first);
  if (isDue && session.answering == 0) return true;
  session.longWait = true;
  return false;
}

/** The client gets the first `n` bytes of a long response, and the rest as it comes. */
function beginLong(session: Session, lane: Lane, p: usize, n: u32, length: u32): void {
  lane.answering = true; // before it can count as idle
  if (takeResponse(session, lane, p, n) == Taken.PASS) {
    if (session.order !== null) emitAll(session.toClient); // what comes before it
    emit(p, n, p != lane.partial.at);
    session.answering = lane.stream;
    session.answerLeft = length - n;
  } else {
    lane.answering = false;
    lane.unwanted = length - n;
  }
}

/** Passes on what there is of the lane's long response; returns where that ends. */
function goOn(session: Session, lane: Lane, p: usize, stop: usize): usize {
  const n = min(session.answerLeft, <u32>(stop - p));
  emit(p, n, true);
  session.answerLeft -= n;
  if (session.answerLeft == 0) {
    session.answering = 0;
    lane.answering = false;
    if (session.order !== null) session.order!.pass(session.toClient);
    if (lane.retired && lane.isIdle) settled(session);
  }
  return p + n;
}

function drop(lane: Lane, p: usize, stop: usize): usize {
  const n = min(lane.unwanted, <u32>(stop - p));
  lane.unwanted -= n;
  return p + n;
}

/** A long response has been written: the next one that waits for its turn follows. */
export function answerNext(session: Session): void {
  const codec = session.plugin.codec;
  session.longWait = false;
  let lane: Lane | null = session.lanes.first;
  while (lane !== null) {
    const partial = lane.partial;
    const n = <u32>partial.length;
    if (lane.status == OK && n > 0 && !lane.over) {
      const length = codec.measure(partial.at, n);
      if (isLong(session, lane, partial.at, n, length)) {
        beginLong(session, lane, partial.at, n, <u32>length);
        partial.clear();
        replenish(session, lane);
      }
    }
    lane = lane.next;
  }
}

/** Lets the HCM send more on the lane, unless a long response of it waits for its turn. */
export function replenish(session: Session, lane: Lane): void {
  if (lane.received < REPLENISH || lane.partial.length > <usize>LONG) return;
  writeNumberFrame(session.control, FrameType.WINDOW_UPDATE, lane.stream, lane.received);
  lane.received = 0;
  session.plugin.wake(session);
}

/** What becomes of a server's frame. */
enum Taken {
  /** It goes to the client. */
  PASS,
  DROP,
  /** It is no frame of the protocol. */
  WRONG,
}

/** Looks at a frame of the server's, of which `n` bytes are there. */
function takeResponse(session: Session, lane: Lane, p: usize, n: u32): Taken {
  const plugin = session.plugin;
  const m = plugin.metadata;
  if (plugin.codec.readHead(p, n, m) != Read.DONE) return Taken.WRONG;
  if (m.kind == Kind.RESPONSE) {
    if (session.order !== null) m.requestId = nextNumber(lane);
    return takeAnswer(session, lane, m.requestId, (m.part & Part.BEGINS) != 0);
  }
  if (m.kind == Kind.STREAM) return takePart(session, lane);
  if (m.kind == Kind.HEARTBEAT) {
    add(plugin.stats.upstreamHeartbeats, 1);
    if (!m.reply) answerHeartbeat(session, lane);
  } else if (m.kind == Kind.EVENT) {
    // A server's goodbye: it takes no more requests, others do.
    add(plugin.stats.upstreamGoodbyes, 1);
    retire(session, lane);
  } else add(plugin.stats.framesDropped, 1);
  return Taken.DROP;
}

/** Request `id` is answered; `accepted`: by the word that the stream that it asked for is open. */
function takeAnswer(session: Session, lane: Lane, id: u64, accepted: bool): Taken {
  const plugin = session.plugin;
  const waiting = lane.waiting.take(id);
  if (waiting == 0) {
    add(plugin.stats.responsesUnexpected, 1);
    return Taken.DROP;
  }
  add(plugin.stats.responses, 1);
  const came = <u32>(waiting >> 32);
  lane.sample(plugin.microseconds - came, plugin.now);
  if (<i32>(came - lane.answered) > 0) lane.answered = came;
  session.inFlight--;
  answeredRequest(session, id, accepted);
  if (lane.retired && lane.isIdle) settled(session);
  return Taken.PASS;
}

/** A frame of a stream: the client gets it if the stream is open, and on this lane. */
function takePart(session: Session, lane: Lane): Taken {
  const m = session.plugin.metadata;
  if (m.part & Part.ANSWERS) takeAnswer(session, lane, m.answers, true);
  if (laneOfStream(session, m.streamId) !== lane) {
    add(session.plugin.stats.framesDropped, 1);
    return Taken.DROP;
  }
  passedPart(session, m, true);
  return Taken.PASS;
}

/** The number of the request that the lane's next answer belongs to; none has the largest one. */
function nextNumber(lane: Lane): u64 {
  const numbers = lane.numbers;
  return numbers === null || numbers.isEmpty ? u64.MAX_VALUE : numbers.shift();
}

/** Answers a server's heartbeat on its lane, when the HCM can be written to again. */
function answerHeartbeat(session: Session, lane: Lane): void {
  const codec = session.plugin.codec;
  const replies = lane.replies;
  if (replies.length > MOST_REPLIES) {
    add(session.plugin.stats.framesDropped, 1); // a server that asks faster than it reads
    return;
  }
  const at = replies.reserve(codec.replyLimit(0));
  replies.length += codec.writeHeartbeatReply(at, session.plugin.metadata);
  answered(session);
}
