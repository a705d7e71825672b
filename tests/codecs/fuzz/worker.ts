/** A child of tests/codecs/fuzz.ts: examines the frames that it is told to, and reports. */
import { protocols } from "../protocols.js";
import { Finding, type Kept, Target } from "./target.js";

/** Frames from `first` on up to `end`, of one protocol. */
export interface Task {
  protocol: string;
  first: number;
  end: number;
}

export interface Report extends Task {
  seen: Target["seen"];
  found: { index: number; kept: Kept }[];
}

/** One who has found so much need not go on: it is mostly the same. */
const ENOUGH = 10;

const seed = Number(process.argv[2]);
const targets = new Map<string, Target>();

process.on("message", (task: Task) => process.send!(run(task)));

function run(task: Task): Report {
  const protocol = protocols.find(({ name }) => name === task.protocol)!;
  const target = targets.get(protocol.name) ?? new Target(protocol, seed);
  targets.set(protocol.name, target);
  target.seen = { refused: 0, incomplete: 0, head: 0, read: 0, equal: 0 };
  const found: Report["found"] = [];
  for (let i = task.first; i < task.end && found.length < ENOUGH; i++) {
    try {
      target.frame(i);
    } catch (error) {
      if (!(error instanceof Finding)) throw error;
      found.push({ index: error.index, kept: error.kept });
    }
  }
  return { ...task, seen: target.seen, found };
}
