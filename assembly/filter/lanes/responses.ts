/** The responses in a lane's bytes: cut into frames, and matched with who waits for them. */
import { INCOMPLETE } from "../../codecs/codec";
import { Kind } from "../../codecs/metadata";
import { add } from "../../host/metrics";
import { answered, retire, settled } from "./ending";
import { Lane } from "./lane";
import { Session } from "./session";
import { emit, emitAll } from "./to-client";

/** `:status` of a lane whose upstream connection stands. */
export const OK: u32 = 200;
/** Longest text of a local reply that is passed on, in bytes. */
const LONGEST_MESSAGE: usize = 512;
/** Memory is taken at once for so many bytes of a response that has not come whole, no more. */
const RESERVED: i64 = 65536;
/** Most bytes of heartbeat answers that wait on one lane. */
const MOST_REPLIES: usize = 1024;

/** Text of the HCM's own reply: it becomes the message of the error replies. */
export function addLocalReply(lane: Lane, p: usize, n: u32): void {
  const room = LONGEST_MESSAGE - lane.partial.length;
  lane.partial.append(p, min<usize>(n, room));
}

/**
 * Takes `n` bytes of the server's. Whole frames go to the client; the start of one that is
 * not complete waits in `lane.partial`.
 * @returns false if the bytes are no frames of the protocol
 */
export function cutResponses(session: Session, lane: Lane, p: usize, n: u32): bool {
  const codec = session.plugin.codec;
  const most = <i64>session.plugin.config.maxFrameBytes;
  const partial = lane.partial;
  const stop = p + n;
  while (partial.length > 0 && p < stop) {
    const have = <u32>partial.length;
    let length = codec.measure(partial.at, have);
    if (length < 0 || length > most) return false;
    if (length == INCOMPLETE) length = <i64>max(have + 1, codec.headerLength);
    const more = min<usize>(<usize>length - have, stop - p);
    partial.append(p, more);
    p += more;
    if (codec.measure(partial.at, <u32>partial.length) != <i64>partial.length) continue;
    if (takeResponse(session, lane, partial.at)) emitAll(partial);
    partial.clear();
  }
  while (p < stop) {
    const left = <u32>(stop - p);
    const length = codec.measure(p, left);
    if (length < 0 || length > most) return false;
    if (length == INCOMPLETE || length > <i64>left) {
      partial.reserve(<usize>min(max(length, left), RESERVED));
      partial.append(p, left);
      return true;
    }
    if (takeResponse(session, lane, p)) emit(p, <usize>length, true);
    p += <usize>length;
  }
  return true;
}

/** Looks at a whole frame of the server's; whether it goes to the client. */
function takeResponse(session: Session, lane: Lane, p: usize): bool {
  const plugin = session.plugin;
  const m = plugin.metadata;
  plugin.codec.readHead(p, m);
  if (m.kind == Kind.RESPONSE) {
    if (lane.waiting.take(m.requestId) == 0) {
      add(plugin.stats.responsesUnexpected, 1);
      return false;
    }
    add(plugin.stats.responses, 1);
    session.inFlight--;
    if (lane.retired && lane.waiting.count == 0) settled(session);
    return true;
  }
  if (m.kind == Kind.HEARTBEAT) {
    add(plugin.stats.upstreamHeartbeats, 1);
    if (!m.reply) answerHeartbeat(session, lane);
  } else if (m.kind == Kind.EVENT) {
    // A server's goodbye: it takes no more requests, others do.
    add(plugin.stats.upstreamGoodbyes, 1);
    retire(session, lane);
  } else add(plugin.stats.framesDropped, 1);
  return false;
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
