/**
 * `npm run bench:codecs [-- --json | --markdown] [--check]`: what each codec takes for a typical
 * request, in nanoseconds, measured inside of a module that is optimised as argot.wasm is. All
 * that is not the codec's is left out: the loops are in the module, too.
 *
 * `--check` fails where a median exceeds MARGIN times its goal.
 */
import { parseArgs } from "node:util";
import { print, printJson } from "../../scripts/cli/output.js";
import type { Protocol } from "../codecs/protocol.js";
import { protocols } from "../codecs/protocols.js";
import { Probe } from "../codecs/support/probe.js";
import { tableOf } from "./markdown.js";

/** Short rounds, so that most of them are not interrupted. */
const TIMES = 2_000;
const ROUNDS = 301;
/** V8 has compiled all at its best after so many rounds. */
const WARM_UP = 120;
/** Nanoseconds: metadata are read, and known from the request before. */
const GOALS = { metadata: 400, equal: 60 };
/** The machine that checks may be busy with something else. */
const MARGIN = 2;

interface Times {
  protocol: string;
  bytes: number;
  /** `measure` and `readHead`. */
  head: number;
  /** `readMetadata` as far as service and method need it. */
  call: number;
  /** As far as one attachment needs it; null: there are none. */
  attachment: number | null;
  /** `Memo.matches` for the same; null: the codec does not tell what decides them. */
  equalCall: number | null;
  equalAttachment: number | null;
}

/** Median of the nanoseconds that `loop` takes for one time. */
function median(loop: (times: number) => void): number {
  const times = Array.from({ length: WARM_UP + ROUNDS }, () => {
    const start = process.hrtime.bigint();
    loop(TIMES);
    return Number(process.hrtime.bigint() - start) / TIMES;
  });
  const sorted = times.slice(WARM_UP).sort((a, b) => a - b);
  return Math.round(sorted[ROUNDS >> 1]! * 10) / 10;
}

/** Reading metadata, and recognising them, with these attachments wanted. */
function reading(probe: Probe, frame: Buffer, wanted: string[]): [number, number | null] {
  const { module } = probe;
  probe.want(wanted);
  probe.readHead(frame);
  const { at } = probe;
  const n = frame.length;
  const read = median((times) => module.loopMetadata(at, n, times));
  module.remember(at, n);
  if (!module.matches(at, n)) return [read, null];
  return [read, median((times) => module.loopMatches(at, n, times))];
}

function measure({ name, opener, module, typical, attachments }: Protocol): Times {
  const probe = new Probe(name, opener, module);
  probe.readHead(typical);
  const { at } = probe;
  const head = median((times) => probe.module.loopHead(at, typical.length, times));
  const [call, equalCall] = reading(probe, typical, []);
  const times = { protocol: name, bytes: typical.length, head, call, equalCall };
  if (!attachments) return { ...times, attachment: null, equalAttachment: null };
  const [attachment, equalAttachment] = reading(probe, typical, ["user"]);
  return { ...times, attachment, equalAttachment };
}

const { values } = parseArgs({
  options: {
    json: { type: "boolean" },
    markdown: { type: "boolean" },
    check: { type: "boolean" },
    protocol: { type: "string" },
  },
});
const results = protocols
  .filter(({ name }) => name === (values.protocol ?? name))
  .map((protocol) => measure(protocol));

const columns = [
  "protocol",
  "bytes",
  "head",
  "call",
  "attachment",
  "equalCall",
  "equalAttachment",
] as const;
const titles = [
  "Codec",
  "Bytes",
  "Head",
  "Service, method",
  "Attachment",
  "Equal",
  "Equal, attachment",
];
const rows = results.map((times) => columns.map((column) => String(times[column] ?? "–")));

if (values.json) printJson(results);
else if (values.markdown) {
  for (const line of tableOf(titles, rows)) print(line);
} else {
  print("nanoseconds, medians");
  for (const row of [titles, ...rows]) {
    print(
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(12) : cell.padStart(titles[i]!.length + 2)))
        .join(""),
    );
  }
}

if (values.check) {
  for (const { protocol, call, attachment, equalCall, equalAttachment } of results) {
    check(protocol, "metadata", Math.max(call, attachment ?? 0));
    check(protocol, "equal", Math.max(equalCall ?? 0, equalAttachment ?? 0));
  }
}

function check(protocol: string, goal: keyof typeof GOALS, time: number): void {
  if (time <= MARGIN * GOALS[goal]) return;
  console.error(`${protocol}: ${goal} takes ${time} ns; the goal is ${GOALS[goal]}`);
  process.exitCode = 1;
}
