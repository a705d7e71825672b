/**
 * `npm run bench:codecs [-- --json | --markdown] [--check]`: what each codec takes for a typical
 * request, in nanoseconds, measured inside of a module that is optimised as argot.wasm is. All
 * that is not the codec's is left out: the loops are in the module, too.
 *
 * `--check` fails where the median of a codec, taken as on a quiet machine (see quiet.ts), exceeds
 * MARGIN times its goal however often it is measured, or a compiled description takes more than
 * COMPILED times as long as the codec in code beside it.
 */
import { parseArgs } from "node:util";
import { note, print, printJson } from "../../scripts/cli/output.js";
import type { Protocol } from "../codecs/protocol.js";
import { protocols } from "../codecs/protocols.js";
import { Probe } from "../codecs/support/probe.js";
import { tableOf } from "./markdown.js";
import { type Loop, ratioOf, referenceOf, type Taken, timeOf } from "./quiet.js";

/** Nanoseconds: metadata are read, and known from the request before. */
const GOALS = { metadata: 400, equal: 60 };
/** What the reference does not tell of a machine that is busy. */
const MARGIN = 1.3;
/** The goal is 1.1; the rest is for noise. */
const COMPILED = 1.2;
/** A codec that takes too long is measured so many times. */
const TRIES = 4;

interface Times {
  protocol: string;
  bytes: number;
  /** `measure` and `readHead`. */
  head: Taken;
  /** `readMetadata` as far as service and method need it. */
  call: Taken;
  /** As far as one attachment needs it; null: there are none. */
  attachment: Taken | null;
  /** `Memo.matches` for the same; null: the codec does not tell what decides them. */
  equalCall: Taken | null;
  equalAttachment: Taken | null;
}

/** Reading metadata, and recognising them, with these attachments wanted. */
function reading(probe: Probe, frame: Buffer, wanted: string[]): [Taken, Taken | null] {
  const { module } = probe;
  const reference = referenceOf(probe);
  probe.want(wanted);
  probe.readHead(frame);
  const { at } = probe;
  const n = frame.length;
  const read = timeOf((times) => module.loopMetadata(at, n, times), reference);
  module.remember(at, n);
  if (!module.matches(at, n)) return [read, null];
  return [read, timeOf((times) => module.loopMatches(at, n, times), reference)];
}

function measure({ name, opener, module, typical, attachments }: Protocol): Times {
  const probe = new Probe(name, opener, module);
  probe.readHead(typical);
  const { at } = probe;
  const loop = (times: number) => probe.module.loopHead(at, typical.length, times);
  const head = timeOf(loop, referenceOf(probe));
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
const chosen = protocols.filter(({ name }) => name === (values.protocol ?? name));
const results = chosen.map((protocol) => measure(protocol));

const columns = ["head", "call", "attachment", "equalCall", "equalAttachment"] as const;
const titles = [
  "Codec",
  "Bytes",
  "Head",
  "Service, method",
  "Attachment",
  "Equal",
  "Equal, attachment",
];
const rows = results.map((times) => [
  times.protocol,
  String(times.bytes),
  ...columns.map((column) => String(times[column]?.ns ?? "–")),
]);

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
  for (const [i, protocol] of chosen.entries()) {
    let slow = slowOf(results[i]!);
    for (let tries = 1; slow.length > 0 && tries < TRIES; tries++) {
      const again = slowOf(measure(protocol));
      slow = slow.filter(({ goal }) => again.some((other) => other.goal === goal));
    }
    for (const { goal, quiet } of slow) {
      console.error(
        `${protocol.name}: ${goal} takes ${quiet} ns on a quiet machine; the goal is ${GOALS[goal]}`,
      );
      process.exitCode = 1;
    }
  }
  checkCompiled();
}

/** Head and metadata of a typical request, as the filter reads them. */
function whole({ name, opener, module, typical, attachments }: Protocol, wanted: string[]): Loop {
  const probe = new Probe(name, opener, module);
  if (attachments) probe.want(wanted);
  probe.readHead(typical);
  const { at } = probe;
  const n = typical.length;
  return (times) => {
    probe.module.loopHead(at, n, times);
    probe.module.loopMetadata(at, n, times);
  };
}

/** Holds compiled descriptions against the codecs in code of the same protocols. */
function checkCompiled(): void {
  for (const compiled of chosen.filter(({ module }) => module === "compiled.wasm")) {
    const name = compiled.name.replace(/, compiled$/, "");
    const code = protocols.find((protocol) => protocol.name === name)!;
    for (const wanted of compiled.attachments ? [[], ["user"]] : [[]]) {
      const ratio = (): number => ratioOf(whole(compiled, wanted), whole(code, wanted));
      let least = ratio();
      for (let tries = 1; least > COMPILED && tries < TRIES; tries++) {
        least = Math.min(least, ratio());
      }
      const what = `${compiled.name}${wanted.map((one) => `, ${one}`).join("")}`;
      note(`${what}: ${least} times as long as its codec in code`);
      if (least > COMPILED) process.exitCode = 1;
    }
  }
}

/** What takes longer than it may. */
function slowOf(times: Times): { goal: keyof typeof GOALS; quiet: number }[] {
  const { call, attachment, equalCall, equalAttachment } = times;
  const most = (a: Taken | null, b: Taken | null) => Math.max(a?.quiet ?? 0, b?.quiet ?? 0);
  return [
    { goal: "metadata" as const, quiet: most(call, attachment) },
    { goal: "equal" as const, quiet: most(equalCall, equalAttachment) },
  ].filter(({ goal, quiet }) => quiet > MARGIN * GOALS[goal]);
}
