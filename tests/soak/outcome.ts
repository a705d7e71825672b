/** What a soak has shown. */
import type { Kind } from "./changes.js";
import { MIB, typical, type Memory } from "./memory.js";
import type { Arrived } from "./servers.js";
import type { Tally } from "./tally.js";

export interface Outcome {
  seconds: number;
  tally: Tally;
  /** Changes that made a difference. */
  made: Record<Kind, number>;
  /** One for each change. */
  samples: readonly Memory[];
  /** Longest time until a change is followed, in milliseconds. */
  limit: number;
  /** Most growth of Envoy's memory, in MiB. */
  bound: number;
  /** At the servers, when all was over. */
  arrived: Arrived & { open: number };
  /** The filter's statistics then. */
  stats: Record<string, number>;
}

export interface Claim {
  what: string;
  holds: boolean;
}

/** Changes a second that there must have been for the soak to show anything. */
const FEWEST_CHANGES = 0.5;

/** What must hold at the end, each with its figures. */
export function claims(outcome: Outcome): Claim[] {
  const { tally, made, seconds, limit, arrived, stats } = outcome;
  const { answered, refused, times } = tally;
  const changes = Object.values(made).reduce((sum, n) => sum + n, 0);
  const kinds = Object.entries(made).map(([kind, n]) => `${count(n)} of ${kind}`);
  const ms = (q: number): string => (times.quantile(q) / 1e6).toFixed(1);
  const stat = (name: string): number => stats[name] ?? 0;
  return [
    {
      what:
        `${count(answered)} calls were answered (${count(answered / seconds)} a second, ` +
        `${(tally.bytes / MIB / seconds).toFixed(0)} MiB/s; median ${ms(0.5)} ms, ` +
        `99 % ${ms(0.99)} ms, slowest ${ms(1)} ms), ${count(tally.lost)} were lost`,
      holds: answered > 0 && tally.lost === 0,
    },
    {
      what: `${count(changes)} changes (${kinds.join(", ")}) in ${count(seconds)} s`,
      holds: changes >= FEWEST_CHANGES * seconds && Object.values(made).every((n) => n > 0),
    },
    {
      what: `${count(tally.strays)} answers came twice or to nobody`,
      holds: tally.strays === 0 && stat("responses_unexpected") === 0,
    },
    {
      what: `${count(tally.crossed)} answers were another call's, or changed`,
      holds: tally.crossed === 0,
    },
    {
      what: `${count(tally.errors)} error replies beside the ${count(refused)} that routes wanted`,
      holds: tally.errors === 0 && stat("error_replies") === refused,
    },
    {
      what:
        `changes were followed after ${count(tally.lag)} ms at most (limit ${count(limit)} ms), ` +
        `${count(tally.late)} answers came of who was not to answer any more`,
      holds: tally.late === 0,
    },
    {
      what: `${count(tally.oneways)} oneway calls arrived once each`,
      holds: tally.oneways > 0 && arrived.oneways === tally.oneways && arrived.twice === 0,
    },
    { what: `${count(tally.heartbeats)} heartbeats were answered`, holds: tally.heartbeats > 0 },
    { what: `${count(tally.closed)} connections were closed`, holds: tally.closed === 0 },
    {
      what:
        `${count(stat("lanes_opened"))} lanes were opened; at the end ${stat("lanes_active")} ` +
        `and ${arrived.open} connections to servers were left`,
      holds: stat("lanes_active") === 0 && stat("connections_active") === 0 && arrived.open === 0,
    },
    ...memoryClaims(outcome),
  ];
}

/**
 * A fifth of the time to warm up; then the next fifth, the middle and the last are compared. The
 * module's memory never shrinks and doubles when it grows: a rare coincidence of large reads shows
 * as a step of some MiB, and that is no leak.
 */
function memoryClaims({ samples, bound }: Outcome): Claim[] {
  const fifth = (i: number): Memory =>
    typical(samples.slice((i * samples.length) / 5, ((i + 1) * samples.length) / 5));
  const [begin, middle, end] = [fifth(1), fifth(2), fifth(4)];
  const claim = (name: string, of: keyof Memory): Claim => ({
    what: `${name}: ${[begin, middle, end].map((memory) => mib(memory[of])).join(" → ")} MiB`,
    holds: (end[of] ?? 0) - (begin[of] ?? 0) <= bound * MIB,
  });
  return [
    claim("Envoy's resident memory", "resident"),
    claim("what Envoy has allocated", "allocated"),
    ...(end.module ? [claim("the module's memory, over all workers", "module")] : []),
  ];
}

/** A line of how it goes. */
export function summary(tally: Tally, memory: Memory, seconds: number): string {
  const wrong = tally.errors + tally.crossed + tally.strays + tally.late + tally.closed;
  return (
    `${count(seconds)} s: ${count(tally.answered)} calls, ${count(wrong)} wrong, resident ` +
    `${mib(memory.resident)} MiB, allocated ${mib(memory.allocated)} MiB, ` +
    `module ${mib(memory.module)} MiB`
  );
}

const count = (n: number): string => Math.round(n).toLocaleString("en");
const mib = (bytes = 0): string => (bytes / MIB).toFixed(1);
