/** A process that runs its share of the crowds, and tells its parent about each. */
import { drawCase } from "./draw.js";
import { Crowd, Failure } from "./crowd.js";
import { Random } from "./random.js";
import { shrink } from "./shrink.js";
import type { Case } from "./case.js";
import type { Faults } from "./life.js";
import type { Tally } from "./oracle.js";

/** What a worker is to do: the crowds from `first` on, every `step`th, before `end`. */
export interface Task {
  seed: number;
  first: number;
  step: number;
  end: number;
  /** Lives a crowd. */
  size: number;
}

/** What became of one crowd. */
export interface Report extends Tally {
  crowd: number;
  lives: number;
  events: number;
  lanes: number;
  closedByFilter: number;
  left: number;
  /** Bytes of the VM's memory. */
  memory: number;
  failure?: Finding;
}

export interface Finding {
  message: string;
  /** The smallest case that fails so; null: it does not fail on a fresh VM. */
  smallest: Case | null;
}

/** A module's memory grows by doubling: that may happen once after the first crowds. */
const GROWTH = 2;
/** So many crowds warm a VM. */
const WARM = 10;

/**
 * Runs crowds one after the other on one VM; after a failure on a new one.
 * @param faults what to spoil: how the simulator itself is tested
 */
export function* runCrowds(
  { seed, first, step, end, size }: Task,
  faults: Faults = {},
): Generator<Report> {
  let crowd = new Crowd(faults);
  let done = 0;
  let warm = 0;
  for (let number = first; number < end; number += step) {
    const drawn = drawCase(new Random(seed, number), size);
    const report = {
      ...{ crowd: number, lives: size, events: drawn.steps.length, lanes: 0 },
      ...{ answers: 0, errors: 0, heartbeats: 0, goodbyes: 0, asked: 0 },
      ...{ closedByFilter: 0, left: 0, memory: 0 },
    };
    try {
      for (const life of crowd.run(drawn)) {
        const { tally } = life.oracle;
        report.lanes += life.hcm.lanes.size;
        report.closedByFilter += Number(life.closedByFilter);
        report.left += Number(life.left);
        report.asked += tally.asked;
        report.answers += tally.answers;
        report.errors += tally.errors;
        report.heartbeats += tally.heartbeats;
        report.goodbyes += tally.goodbyes;
      }
      const memory = crowd.vm.memoryBytes;
      if (++done <= WARM) warm = memory;
      else if (memory > GROWTH * warm) throw grown(warm, memory);
      yield { ...report, memory };
    } catch (e) {
      const { message } = e as Failure;
      const smallest = shrink(drawn, faults);
      yield { ...report, failure: { message, smallest } };
      crowd = new Crowd(faults);
      done = 0;
    }
  }
}

function grown(from: number, to: number): Failure {
  return new Failure(-1, new Error(`the VM's memory grew from ${from} to ${to} bytes`));
}

// A child of simulate.ts gets its task as a message.
process.once("message", (task: Task) => {
  void serve(task);
});

async function serve(task: Task): Promise<void> {
  for (const report of runCrowds(task)) {
    await new Promise((sent) => process.send?.(report, sent));
  }
  process.disconnect();
}
