/** Which lane takes a request: one of its routing key, opened if need be. */
import { hash64 } from "../../bytes/hash";
import { Metadata } from "../../codecs/metadata";
import { add } from "../../host/metrics";
import { ErrorCode, FrameType, writeNumberFrame } from "../../http2/frame";
import { remove, retire } from "./ending";
import { Lane } from "./lane";
import { DRAINING, METADATA_TOO_LONG, TOO_MANY_LANES } from "./reasons";
import { writeRequestHeaders } from "./request-headers";
import { KEY_AT, buildKey, keyMatches } from "./routing-key";
import { Session, toHcm } from "./session";

/** The lane of a request that is like the last one or the one before it, else null. */
export function laneOfSame(session: Session, m: Metadata, p: usize, end: usize): Lane | null {
  const codec = session.plugin.codec;
  let lane: Lane | null = session.lastLane;
  if (lane === null || !lane.memo.matches(codec, m, p, end)) {
    lane = session.otherLane;
    if (lane === null || !lane.memo.matches(codec, m, p, end)) return null;
    use(session, lane);
  }
  return isSpent(session, lane) ? null : lane;
}

function use(session: Session, lane: Lane | null): void {
  if (session.lastLane === lane) return;
  session.otherLane = session.lastLane;
  session.lastLane = lane;
}

/** The lane for the request in `m`, opened if need be; null: the request was refused. */
export function laneFor(session: Session, m: Metadata): Lane | null {
  const slots = session.plugin.config.keys.slots;
  let lane: Lane | null = session.lastLane;
  let keyLength: usize = 0;
  if (lane === null || !keyMatches(lane, m, slots)) {
    keyLength = buildKey(m, slots, session.plugin.config.maxMetadataBytes);
    if (keyLength == 0) return session.refuse(m, 400, METADATA_TOO_LONG);
    lane = session.lanes.ofKey(hash64(KEY_AT, keyLength), KEY_AT, keyLength);
  }
  if (lane !== null && isSpent(session, lane)) {
    retire(session, lane);
    lane = null;
  }
  if (lane === null) {
    if (keyLength == 0) keyLength = buildKey(m, slots, session.plugin.config.maxMetadataBytes);
    lane = open(session, m, keyLength);
  }
  use(session, lane);
  return lane;
}

/** Whether a lane has had its requests or its time; a draining HCM takes no successor. */
function isSpent(session: Session, lane: Lane): bool {
  const config = session.plugin.config;
  if (session.goaway) return false;
  if (config.maxRequests != 0 && lane.requests >= config.maxRequests) return true;
  const age = session.plugin.now - lane.opened;
  return config.maxAgeSeconds != 0 && age >= <u64>config.maxAgeSeconds * 1000;
}

function open(session: Session, m: Metadata, keyLength: usize): Lane | null {
  if (session.goaway || session.nextStream > 0x7fffffff) return session.refuse(m, 503, DRAINING);
  if (session.lanes.count >= session.peerMaxStreams) {
    const idle = session.lanes.oldestIdle(session.plugin.now);
    if (idle === null) return session.refuse(m, 503, TOO_MANY_LANES);
    writeNumberFrame(toHcm, FrameType.RST_STREAM, idle.stream, ErrorCode.CANCEL);
    remove(session, idle);
  }
  const plugin = session.plugin;
  const lane = new Lane();
  lane.stream = session.nextStream;
  session.nextStream += 2;
  lane.key.append(KEY_AT, keyLength);
  lane.hash = hash64(KEY_AT, keyLength);
  lane.window = session.peerWindow;
  lane.opened = plugin.now;
  session.lanes.add(lane);
  session.start();
  writeRequestHeaders(
    toHcm,
    lane.stream,
    m,
    plugin.config.keys,
    plugin.authority,
    session.peerMaxFrame,
  );
  add(plugin.stats.lanesOpened, 1);
  add(plugin.stats.lanesActive, 1);
  return lane;
}
