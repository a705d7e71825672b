/**
 * What holds for any bytes whatever: nothing traps, nothing is read behind the end or written
 * behind the limit, what is read of a start is what the whole says, and what the filter makes of a
 * frame that it could read is a good frame.
 */
import assert from "node:assert/strict";
import { isUtf8 } from "node:buffer";
import { change } from "../cases/attachments.js";
import { isRouted } from "../cases/case.js";
import { takenForEqual } from "../cases/equal.js";
import { statuses } from "../cases/replies.js";
import type { Protocol } from "../protocol.js";
import {
  type Head,
  INCOMPLETE,
  MALFORMED,
  Part,
  type Probe,
  Read,
  Slot,
} from "../support/probe.js";
import type { Pick } from "./mutate.js";

/** Attachments that are wanted: some are in recorded frames. */
export const WANTED = ["user", "path", "group", "num", "k1", "M_g", "service.name", "x-user"];
const messages = ["", "argot: no", "nö 🚫\0\n".repeat(30), "y".repeat(3000)].map((text) =>
  Buffer.from(text),
);
const values = ["", "bob", "🚫".repeat(300), "\0:\n"];
const SLOTS = 5 + WANTED.length;

/** How far a frame was read. */
export type Outcome = "refused" | "incomplete" | "head" | "read";

/** @throws what is wrong */
export function examine(
  probe: Probe,
  protocol: Protocol,
  bytes: Buffer,
  fromServer: boolean,
  pick: Pick,
): Outcome {
  const length = probe.measure(bytes);
  assert.ok(length >= MALFORMED && length < 2 ** 40, `length ${length}`);
  if (length === MALFORMED) return "refused";
  if (length === INCOMPLETE) return "incomplete";
  if (length > bytes.length) return examineStart(probe, bytes, length, fromServer);
  return examineFrame(probe, protocol, bytes.subarray(0, length), fromServer, pick);
}

/** Only the start of a frame is there. */
function examineStart(probe: Probe, bytes: Buffer, length: number, fromServer: boolean): Outcome {
  const result = probe.readHead(bytes, fromServer);
  if (result === Read.MALFORMED) return "refused";
  if (result === Read.INCOMPLETE) return "incomplete";
  if (!isRouted(probe.head) || length > 0xffffffff) return "head";
  if (probe.readMetadata(bytes.length, length) !== Read.DONE) return "head";
  checkSpans(probe, bytes.length);
  return "read";
}

function examineFrame(
  probe: Probe,
  protocol: Protocol,
  frame: Buffer,
  fromServer: boolean,
  pick: Pick,
): Outcome {
  const result = probe.readHead(frame, fromServer);
  assert.notEqual(result, Read.INCOMPLETE, "the head of a whole frame is incomplete");
  if (result !== Read.DONE) return "refused";
  const { head } = probe;
  const contents = head.reply
    ? probe.module.readReply(probe.at, frame.length)
    : probe.readMetadata(frame.length, frame.length);
  assert.notEqual(contents, Read.INCOMPLETE, "the contents of a whole frame are incomplete");
  if (contents === Read.DONE) checkSpans(probe, frame.length);
  if (!fromServer) {
    const wasRead = isRouted(head) && contents === Read.DONE;
    const before = wasRead ? probe.values : undefined;
    if (pick(4) === 0) examineSplit(probe, frame, head, before, pick);
    if (pick(4) === 0) examineReplies(probe, protocol, head, pick);
    if (before !== undefined && pick(8) === 0) examineChange(probe, frame, head, before, pick);
  } else if (head.kind === "heartbeat" && !head.reply) writeAnswer(probe);
  return contents === Read.DONE ? "read" : "head";
}

/** Values lie in the frame or in the codec's scratch, and are UTF-8: they become headers. */
function checkSpans(probe: Probe, n: number): void {
  const end = probe.at + n;
  const table = probe.table();
  const [headAt, headEnd, tailAt] = [table[10]!, table[11]!, table[12]!];
  if (headAt !== 0) {
    assert.ok(headAt >= probe.at && headAt <= headEnd && headEnd <= end, "the head's place");
    assert.ok(tailAt === 0 || (tailAt >= headEnd && tailAt <= end), "the tail's place");
  }
  for (let i = 0; i < SLOTS; i++) {
    const p = table[14 + 2 * i]!;
    const length = table[15 + 2 * i]!;
    if (p === 0) continue;
    assert.ok(p + length <= end, `slot ${i} ends behind the frame`);
    const value = new Uint8Array(probe.module.memory.buffer, p, length);
    assert.ok(isUtf8(value) || isWtf8(value), `slot ${i} is not UTF-8`);
  }
}

/** UTF-8 but for halves of surrogate pairs, which Java's strings may have. */
function isWtf8(value: Uint8Array): boolean {
  const text = Buffer.from(value).toString("latin1");
  return isUtf8(Buffer.from(text.replace(/\xed[\xa0-\xbf][\x80-\xbf]/g, ""), "latin1"));
}

/** What the start of the frame says is what the whole one says. */
function examineSplit(
  probe: Probe,
  frame: Buffer,
  head: Head,
  values: (string | undefined)[] | undefined,
  pick: Pick,
): void {
  const n = pick(frame.length);
  const start = frame.subarray(0, n);
  const length = probe.measure(start);
  assert.ok(length === INCOMPLETE || length === frame.length, `length ${length} with ${n} bytes`);
  if (length === INCOMPLETE) return;
  const result = probe.readHead(start);
  if (result === Read.INCOMPLETE) return;
  assert.equal(result, Read.DONE, `head with ${n} bytes`);
  if (!isRouted(head)) return;
  assert.deepEqual(probe.head, head, `head with ${n} bytes`);
  const contents = probe.readMetadata(n, frame.length);
  // What is wrong behind the values that were read is not seen yet.
  if (contents !== Read.DONE || values === undefined) return;
  assert.deepEqual(probe.values, values, `values with ${n} bytes`);
}

/** What the filter answers keeps to its limits, and is one frame. */
function examineReplies(probe: Probe, protocol: Protocol, head: Head, pick: Pick): void {
  if (head.kind === "heartbeat" && !head.reply) {
    writeAnswer(probe);
    return;
  }
  const { module } = probe;
  const message = messages[pick(messages.length)]!;
  const status = statuses[pick(statuses.length)]!;
  const [p, n] = probe.give(message);
  const limit = module.replyLimit(n);
  if (head.kind === "request") {
    const reply = probe.written(limit, (out) =>
      module.writeErrorReply(out, head.requestId, head.replyContext, status, p, n),
    );
    if (!protocol.isOnlyForClients?.(reply)) checkWritten(probe, reply, "error reply");
  }
  if (head.kind === "stream" || head.part & Part.BEGINS) {
    const reset = probe.written(limit, (out) =>
      module.writeStreamReset(out, head.streamId, status, p, n),
    );
    checkWritten(probe, reset, "stream reset");
  }
}

function writeAnswer(probe: Probe): void {
  const answer = probe.written(probe.module.replyLimit(0), (out) =>
    probe.module.writeHeartbeatReply(out),
  );
  checkWritten(probe, answer, "heartbeat's answer");
}

function checkWritten(probe: Probe, frame: Buffer, what: string): void {
  if (frame.length === 0) return;
  assert.equal(probe.measure(frame), frame.length, `${what}: ${frame.toString("hex", 0, 80)}`);
  assert.equal(probe.readHead(frame, true), Read.DONE, `${what}: ${frame.toString("hex", 0, 80)}`);
}

/** A request that is changed is a good request, and says what it said but for the change. */
function examineChange(
  probe: Probe,
  frame: Buffer,
  head: Head,
  before: (string | undefined)[],
  pick: Pick,
): void {
  const name = WANTED[pick(WANTED.length)]!;
  const value = pick(3) === 0 ? null : values[pick(values.length)]!;
  const changed = change(probe, frame, [[name, value]]);
  if (changed.length === 0) return;
  const what = `${name} = ${JSON.stringify(value)} gives ${changed.toString("hex")}`;
  assert.equal(probe.measure(changed), changed.length, what);
  assert.equal(probe.readHead(changed), Read.DONE, what);
  assert.equal(probe.head.requestId, head.requestId, what);
  assert.equal(probe.head.kind, head.kind, what);
  assert.equal(probe.readMetadata(changed.length, changed.length), Read.DONE, what);
  const slot = probe.wanted.get(name)!;
  const now = probe.slot(slot)?.toString();
  if (value?.includes("\0") !== true) assert.equal(now ?? null, value, what);
  const others = probe.values.map((v, i) => (i === slot || i === Slot.GROUP ? before[i] : v));
  assert.deepEqual(others, before, what);
}

/** Two requests of which one may be taken for the other. */
export function examinePair(probe: Probe, first: Buffer, second: Buffer): boolean {
  if (probe.measure(first) !== first.length) return false;
  return takenForEqual(probe, first, second);
}
