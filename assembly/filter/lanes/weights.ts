/** What a lane's response says of the weights of its route. */
import { retire } from "./ending";
import { Lane, LaneGroup } from "./lane";
import { Session } from "./session";
import { readWeight, weightFrom, weightTo, weightTotal } from "./shares";

/** The HCM has routed the lane; `n` bytes at `p` are its weight header, n = 0: it has none. */
export function learnShare(session: Session, lane: Lane, p: usize, n: u32): void {
  const group = lane.group;
  if (group === null) return;
  if (group.current === lane) group.endRun();
  readWeight(p, n, lane.random);
  const shares = group.shares;
  let share = shares.learn(weightFrom, weightTo, weightTotal, lane.takenUntold);
  if (share === null) {
    keepOnly(session, group, lane);
    share = shares.learn(weightFrom, weightTo, weightTotal, 0);
  }
  lane.share = share;
  const place = <u32>(lane.random % weightTotal);
  if (place < weightFrom || place >= weightTo) shares.steered = false;
}

/** The route has changed: lanes that have told what it was before take no more requests. */
function keepOnly(session: Session, group: LaneGroup, kept: Lane): void {
  let lane = group.first;
  while (lane !== null) {
    const next: Lane | null = lane.nextInGroup;
    lane.takenUntold = 0;
    if (lane !== kept && lane.share !== null) retire(session, lane);
    lane = next;
  }
  group.shares.forget();
}
