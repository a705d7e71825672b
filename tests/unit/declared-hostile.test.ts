/**
 * Programs of descriptions that have been tampered with are refused, or do no harm: what they read
 * lies at the very end of the memory, and what they write is watched. ARGOT_SEED repeats a run.
 */
import assert from "node:assert/strict";
import { it } from "node:test";
import { programOf } from "../codecs/protocols/declared.js";
import { Probe, Read } from "../codecs/support/probe.js";
import { numbers } from "../support/random.js";
import { recordings } from "../support/recordings.js";

const PROGRAMS = 4_000 * Number(process.env.ARGOT_RUNS ?? 1);
const FRAMES = 6;
/** A sum of constants, or many messages, may ask for more than anybody has. */
const MOST_REPLY = 1 << 20;
const SEED = Number(process.env.ARGOT_SEED ?? Date.now() % 1_000_000_000);

for (const name of ["awesomerpc", "bolt", "brpc", "motan2", "trpc"]) {
  it(`${name}: no program makes the interpreter read or write where it must not`, () => {
    const pick = numbers(SEED);
    const program = JSON.parse(programOf(name)) as { name: string; program: string };
    const frames = recordings(name).filter(({ frame }) => frame.length < 4096);
    const probe = new Probe(name);
    const seen = { refused: 0, read: 0 };
    for (let i = 0; i < PROGRAMS; i++) {
      const text = { ...program, program: tamper(program.program, pick) };
      try {
        if (!probe.module.open(...probe.give(JSON.stringify(text)))) {
          seen.refused++;
          continue;
        }
        probe.module.want(...probe.give("user"));
        for (let f = 0; f < FRAMES; f++) seen.read += use(probe, frames[pick(frames.length)]!);
      } catch (error) {
        assert.fail(`seed ${SEED}, program ${i}: ${String(error)}\n${JSON.stringify(text)}`);
      }
    }
    // Both happen often, or nothing is tried here.
    assert.ok(seen.refused > PROGRAMS * 0.05, JSON.stringify(seen));
    assert.ok(seen.read > PROGRAMS * 0.05, JSON.stringify(seen));
  });
}

/** Some bytes changed, taken out or put in; the first one is the format's number. */
function tamper(hex: string, pick: (below: number) => number): string {
  let bytes = Buffer.from(hex, "hex");
  for (let changes = 1 + pick(3); changes > 0; changes--) {
    const at = 1 + pick(bytes.length - 1);
    const kind = pick(6);
    if (kind === 0) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
    else if (kind === 1)
      bytes = Buffer.concat([bytes.subarray(0, at), Buffer.of(pick(256)), bytes.subarray(at)]);
    else bytes[at] = pick(2) === 0 ? pick(8) : pick(256);
  }
  return bytes.toString("hex");
}

/** Does with the frame what the filter does; 1: it could be read. */
function use(probe: Probe, { frame, fromServer }: { frame: Buffer; fromServer: boolean }): number {
  const { module } = probe;
  const length = probe.measure(frame);
  if (length <= 0) return 0;
  const bytes = frame.subarray(0, Math.min(length, frame.length));
  if (probe.readHead(bytes, fromServer) !== Read.DONE) return 0;
  const { reply, requestId, replyContext } = probe.head;
  const isWhole = bytes.length === length;
  if (reply && isWhole) module.readReply(probe.at, length);
  else if (!reply && probe.readMetadata(bytes.length, length) === Read.DONE) {
    module.remember(probe.at, bytes.length);
    module.matches(probe.at, bytes.length);
  }
  const [p, n] = probe.give("no \u{1f6ab} route");
  const limit = module.replyLimit(n);
  if (limit > MOST_REPLY) return 1;
  probe.written(limit, (out) => module.writeErrorReply(out, requestId, replyContext, 503, p, n));
  probe.written(limit, (out) => module.writeHeartbeatReply(out));
  probe.written(limit, (out) => module.writeGoodbye(out));
  return 1;
}
