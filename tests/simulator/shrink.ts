/** Makes a failing case smaller, as long as it fails in the same way on a fresh VM. */
import type { Case, Step } from "./case.js";
import { Crowd, type Failure } from "./crowd.js";
import type { Faults } from "./life.js";

/** Runs a case on a VM of its own; how it failed, or null. */
export function tryCase(c: Case, faults: Faults = {}): Failure | null {
  return failureOf(new Crowd(faults), c);
}

function failureOf(crowd: Crowd, c: Case): Failure | null {
  try {
    crowd.run(c);
    return null;
  } catch (e) {
    return e as Failure;
  }
}

/**
 * The smallest case that was found within `tries` runs; null: on a fresh VM the case does not fail.
 */
export function shrink(start: Case, faults: Faults = {}, tries = 3000): Case | null {
  const crowd = new Crowd(faults);
  const wanted = failureOf(crowd, start);
  if (wanted === null) return null;
  const kind = sort(wanted);
  const fails = (c: Case): boolean => {
    if (tries-- <= 0) return false;
    const failure = tryCase(c, faults);
    return failure !== null && sort(failure) === kind;
  };

  let best = start;
  const keep = (c: Case): boolean => fails(c) && ((best = c), true);
  const { life } = wanted;
  if (life < 0 || !keep(only(start, [life], crowd.times))) {
    const lives = [...new Set(start.steps.map((step) => step.life))];
    reduce(lives, (some) => keep(only(start, some, crowd.times)));
  }
  for (let before = -1; before !== weight(best);) {
    before = weight(best);
    keep({ ...best, steps: joinWaits(best.steps) });
    reduce(best.steps, (steps) => keep({ ...best, steps }));
    best.lives.forEach((_, i) => {
      reduce(best.lives[i]!.calls, (calls) => {
        const lives = best.lives.map((l, j) => (j === i ? { ...l, calls } : l));
        return keep({ ...best, lives });
      });
    });
  }
  return best;
}

/** What a failure is about, without the numbers in it. */
function sort({ message }: Failure): string {
  return message.split("\n")[0]!.replace(/[0-9a-f]{16,}|\d+/g, "#");
}

function weight({ lives, steps }: Case): number {
  return steps.length + lives.reduce((sum, { calls }) => sum + calls.length, 0);
}

/**
 * The case with these lives alone, numbered anew, at the very times at which they were taken.
 * @param times when each step began
 */
function only({ lives, steps }: Case, keep: readonly number[], times: readonly number[]): Case {
  const places = new Map(keep.map((life, i) => [life, i]));
  const kept: Step[] = [];
  let now = 0;
  for (const [i, step] of steps.entries()) {
    const life = places.get(step.life);
    const [begin, end] = [times[i], times[i + 1]];
    if (life === undefined || begin === undefined) continue;
    if (begin > now) kept.push({ life: 0, do: "wait", ms: begin - now });
    kept.push({ ...step, life });
    now = end ?? begin;
  }
  return { lives: keep.map((life) => lives[life]!), steps: joinWaits(kept) };
}

/** Waits in a row as one. */
function joinWaits(steps: readonly Step[]): Step[] {
  const joined: Step[] = [];
  for (const step of steps) {
    const last = joined.at(-1);
    if (step.do !== "wait" || last?.do !== "wait") joined.push(step);
    else joined[joined.length - 1] = { ...last, ms: last.ms + step.ms };
  }
  return joined;
}

/** Leaves out parts of a list, ever smaller ones, as long as `keep` agrees (delta debugging). */
function reduce<T>(list: readonly T[], keep: (list: T[]) => boolean): void {
  let left = [...list];
  for (let size = Math.ceil(left.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < left.length;) {
      const without = [...left.slice(0, at), ...left.slice(at + size)];
      if (keep(without)) left = without;
      else at += size;
    }
  }
}
