/** Which lane takes a request: one of its routing key's group, opened if need be. */
import { hash64 } from "../../bytes/hash";
import { Metadata } from "../../codecs/metadata";
import { add } from "../../host/metrics";
import { ErrorCode, FrameType, writeNumberFrame } from "../../http2/frame";
import { Refusal } from "../stats";
import { remove, retire } from "./ending";
import { Lane, LaneGroup } from "./lane";
import { writeRequestHeaders } from "./request-headers";
import { KEY_AT, buildKey, keyMatches } from "./routing-key";
import { Session, toHcm } from "./session";
import { Share } from "./shares";

/** A key whose lanes have had so many requests each gets a further one even if none is busy. */
const TRIED: u32 = 32;

/**
 * The lane of a request that is like the last one or the one before it; null: it is not, or a
 * lane has to be opened for it.
 */
export function laneOfSame(
  session: Session,
  m: Metadata,
  p: usize,
  end: usize,
  whole: bool,
): Lane | null {
  const codec = session.plugin.codec;
  const lanes = session.lanes;
  let group: LaneGroup | null = lanes.recent;
  if (group === null || !group.memo.matches(codec, m, p, end, whole)) {
    group = lanes.recentBefore;
    if (group === null || !group.memo.matches(codec, m, p, end, whole)) return null;
    lanes.use(group);
  }
  return pick(session, group);
}

/**
 * The lane for the request from `p` to `end` (or the start of one, if it is not `whole`), whose
 * metadata are in `m`, opened if need be;
 * null: the request was refused.
 */
export function laneFor(
  session: Session,
  m: Metadata,
  p: usize,
  end: usize,
  whole: bool,
): Lane | null {
  const slots = session.plugin.config.keys.slots;
  const lanes = session.lanes;
  let group: LaneGroup | null = lanes.recent;
  if (group === null || !keyMatches(group, m, slots)) {
    const n = buildKey(m, slots, session.plugin.config.maxMetadataBytes);
    if (n == 0) return session.refuse(m, Refusal.METADATA);
    const hash = hash64(KEY_AT, n);
    group = lanes.ofKey(hash, KEY_AT, n);
    if (group === null) {
      if (!mayOpen(session)) return refuseLane(session, m);
      group = lanes.newGroup(hash, KEY_AT, n);
      group.number = session.plugin.draws.next(hash);
    }
  }
  let lane = pick(session, group);
  if (lane === null) {
    group.kept = true; // even if its last lane has to make room
    const may = mayOpen(session);
    group.kept = false;
    if (may) lane = open(session, m, group);
    retireSpent(session, group);
    if (lane === null) lane = leastBusy(session, group, null, true);
  }
  lanes.use(group);
  if (whole || m.tailAt == 0) group.memo.remember(m, p, end);
  return lane;
}

function refuseLane(session: Session, m: Metadata): Lane | null {
  return session.refuse(m, session.goaway ? Refusal.DRAINING : Refusal.LANES);
}

/** The lane of the group that takes the next request; null: one should be opened. */
function pick(session: Session, group: LaneGroup): Lane | null {
  const current = group.current;
  if (current !== null && group.turn == session.turn && !isSpent(session, current)) {
    if (group.taken < group.run) {
      group.taken++;
      return current;
    }
  }
  group.endRun();
  const shares = group.shares;
  wanted = shares.due(group.number);
  const lane = leastBusy(session, group, wanted, !shares.steered);
  if (lane === null || isSpent(session, lane)) return null;
  const wantsMore = lane.waiting.count > 0 || lane.requests >= compared * TRIED;
  if (wantsMore && compared < session.plugin.config.spread && hasPlenty(session)) return null;
  group.begin(lane, session.turn, session.plugin.now);
  return lane;
}

/** The share for which `pick` wants a lane to be opened; null: one that is not known. */
let wanted: Share | null = null;
/** How many lanes the last search for the least busy one was among. */
let compared: u32 = 0;

/** The share's lane (or, for `any`, the key's) with the least load, spent or not; equals take turns. */
function leastBusy(
  session: Session,
  group: LaneGroup,
  share: Share | null,
  any: bool,
): Lane | null {
  const now = session.plugin.now;
  let best: Lane | null = null;
  let least: u64 = u64.MAX_VALUE;
  compared = 0;
  let lane = group.first;
  while (lane !== null) {
    if (any || lane.share === share) {
      compared++;
      const load = lane.load(now);
      if (best === null || load < least || (load == least && precedes(group, lane, best))) {
        best = lane;
        least = load;
      }
    }
    lane = lane.nextInGroup;
  }
  return best;
}

/** Of lanes with equal loads: the one whose stint it is, else the one that had none for longest. */
@inline
function precedes(group: LaneGroup, lane: Lane, other: Lane): bool {
  if (lane === group.last && lane.inStint) return true;
  return lane.turn < other.turn && !(other === group.last && other.inStint);
}

/** Whether a lane has had its requests or its time; a draining HCM takes no successor. */
@inline
function isSpent(session: Session, lane: Lane): bool {
  if (session.goaway) return false;
  return lane.requests >= lane.mostRequests || session.plugin.now >= lane.expires;
}

/** Retires the spent lanes of the group, but not its last one. */
function retireSpent(session: Session, group: LaneGroup): void {
  let lane: Lane | null = group.first;
  while (lane !== null && group.count > 1) {
    const next = lane.nextInGroup;
    if (isSpent(session, lane)) retire(session, lane);
    lane = next;
  }
}

/** Whether the HCM takes further lanes at all; streams have numbers of 31 bits. */
function takesLanes(session: Session): bool {
  return !session.goaway && session.nextStream <= 0x7fffffff;
}

/** How many lanes the connection may have. */
function mostLanes(session: Session): u32 {
  return min(session.peerMaxStreams, session.plugin.config.maxLanes);
}

/** Whether the connection may have a further lane beside those that it has. */
function hasRoom(session: Session): bool {
  return takesLanes(session) && session.lanes.count < mostLanes(session);
}

/** Whether half of the lanes that it may have are left, for keys that have none. */
function hasPlenty(session: Session): bool {
  return takesLanes(session) && session.lanes.count < (mostLanes(session) + 1) / 2;
}

/**
 * Whether a lane can be opened; idle ones are given up for it if need be, and only if that is
 * enough: the HCM's limit may have become known when there were more lanes already.
 */
function mayOpen(session: Session): bool {
  if (hasRoom(session)) return true;
  if (!takesLanes(session)) return false;
  const lanes = session.lanes;
  const now = session.plugin.now;
  const most = mostLanes(session);
  if (lanes.count - lanes.countIdle(now) >= most) return false;
  while (lanes.count >= most) {
    const idle = lanes.oldestIdle(now)!;
    writeNumberFrame(toHcm, FrameType.RST_STREAM, idle.stream, ErrorCode.CANCEL);
    remove(session, idle);
  }
  return true;
}

function open(session: Session, m: Metadata, group: LaneGroup): Lane {
  const plugin = session.plugin;
  const config = plugin.config;
  const lane = new Lane();
  lane.stream = session.nextStream;
  session.nextStream += 2;
  lane.window = session.peerWindow;
  lane.used = plugin.now;
  const shares = group.shares;
  lane.random = shares.random;
  if (shares.steered) lane.share = wanted;
  if (config.maxRequests != 0) lane.mostRequests = shortened(config.maxRequests, lane.stream);
  if (config.maxAgeSeconds != 0)
    lane.expires = plugin.now + shortened(config.maxAgeSeconds * 1000, lane.stream ^ session.id);
  session.lanes.add(lane, group);
  group.begin(lane, session.turn, plugin.now);
  session.start();
  writeRequestHeaders(
    toHcm,
    lane.stream,
    lane.random,
    m,
    config.keys,
    plugin.authority,
    session.peerMaxFrame,
  );
  add(plugin.stats.lanesOpened, 1);
  add(plugin.stats.lanesActive, 1);
  return lane;
}

/** Up to a quarter less, so that lanes which began together do not end together. */
function shortened(limit: u32, seed: u32): u32 {
  return limit - <u32>((<u64>(limit >> 2) * (seed * 0x9e3779b9)) >> 32);
}
