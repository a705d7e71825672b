/**
 * The soak's calls: frames whose answers can be checked to the last byte. The one argument of a
 * call is a text: two letters that the server replaces by its tag, the number of the connection
 * and of the call, and a filling of any length that follows from the call's number.
 */
import type { Metadata } from "../../scripts/protocol/decide.js";
import { encode, encodeString, Reader } from "../support/hessian.js";
import { FLAG, HESSIAN2, heartbeat, MAGIC, STATUS } from "../support/dubbo.js";

/** What a connection may send calls of: each makes a routing key of its own. */
export const KEYS: readonly Metadata[] = ["demo.Books", "demo.Users"].flatMap((service) =>
  ["find", "list", "save"].flatMap((method) =>
    [undefined, "blue"].map((group) => ({ service, method, group })),
  ),
);
/** Of oneway calls; no route refuses it. */
export const LOG: Metadata = { service: "demo.Log", method: "write" };

export const SMALLEST = 64;
/** As many as a text of Hessian 2 can have in one piece. */
export const LARGEST = 65_535;
export const TAG_LENGTH = 2;

const HEADER = 16;
/** Behind the header of an answer: the kind of result, and the tag and length of its text. */
const TEXT_AT = HEADER + 1 + 3;
const STAMP_LENGTH = 16;
const SHORT_STRING = 0x53;

/** Random letters, twice as many as are needed: a filling may begin anywhere in the first half. */
const filling = Buffer.from(
  Array.from({ length: 2 << 16 }, (_, i) => 97 + ((Math.imul(i + 1, 0x9e3779b1) >>> 13) % 26)),
);

/** A call of which so much stays the same. */
interface Template {
  before: Buffer;
  after: Buffer;
}

function template({ service, method, group }: Metadata): Template {
  const attachments = { path: service!, interface: service!, ...(group && { group }) };
  const before = ["2.0.2", service!, "0.0.0", method!, "Ljava/lang/String;"].map(encodeString);
  return { before: Buffer.concat(before), after: encode(attachments) };
}
const templates = KEYS.map(template);
const log = template(LOG);

/** Everything there is to know of a call. */
export interface Call {
  connection: number;
  /** Of this connection, counted from 0; calls, heartbeats and oneways each by themselves. */
  number: number;
  /** Place in `KEYS`. */
  key: number;
  /** Length of the argument. */
  size: number;
}

/** The frame of a call that is answered. */
export function callFrame(call: Call): Buffer {
  return frameOf(templates[call.key]!, FLAG.REQUEST | FLAG.TWO_WAY | HESSIAN2, call);
}

/** The frame of a call that nobody answers; its key is `LOG`. */
export function onewayFrame(call: Call): Buffer {
  return frameOf(log, FLAG.REQUEST | HESSIAN2, call);
}

export function heartbeatFrame(connection: number, number: number): Buffer {
  return heartbeat((BigInt(connection) << 32n) | BigInt(number));
}

function frameOf({ before, after }: Template, flags: number, call: Call): Buffer {
  const length = before.length + 3 + call.size + after.length;
  const frame = Buffer.allocUnsafe(HEADER + length);
  frame.writeUInt16BE(MAGIC, 0);
  frame.writeUInt16BE(flags << 8, 2);
  frame.writeUInt32BE(call.connection, 4);
  frame.writeUInt32BE(call.number, 8);
  frame.writeUInt32BE(length, 12);
  let at = HEADER + before.copy(frame, HEADER);
  at = frame.writeUInt8(SHORT_STRING, at);
  at = frame.writeUInt16BE(call.size, at);
  at += frame.write("--", at, "latin1");
  at += frame.write(stamp(call), at, "latin1");
  at += filling.copy(frame, at, ...fillingOf(call));
  after.copy(frame, at);
  return frame;
}

const stamp = ({ connection, number }: Call): string =>
  `${connection.toString(16).padStart(6, "0")}/${number.toString(16).padStart(9, "0")}`;

function fillingOf({ number, size }: Call): [number, number] {
  const from = (number * 7919) % (1 << 16);
  return [from, from + size - TAG_LENGTH - STAMP_LENGTH];
}

/** An answer: who gave it, or the error of an error reply; undefined: it is not this call's. */
export type Verdict = { tag: string } | { error: string } | undefined;

/** Reads the answer at `start` of `bytes`, all of which must be as the call wants it. */
export function check(bytes: Buffer, start: number, length: number, call: Call): Verdict {
  if (bytes[start + 3] !== STATUS.OK) {
    return { error: String(new Reader(bytes.subarray(start + HEADER, start + length)).value()) };
  }
  const text = start + TEXT_AT;
  const [from, to] = fillingOf(call);
  const rest = text + TAG_LENGTH + STAMP_LENGTH;
  const isOurs =
    length === TEXT_AT + call.size &&
    bytes.readUInt16BE(text - 2) === call.size &&
    bytes.toString("latin1", text + TAG_LENGTH, rest) === stamp(call) &&
    filling.compare(bytes, rest, start + length, from, to) === 0;
  return isOurs ? { tag: bytes.toString("latin1", text, text + TAG_LENGTH) } : undefined;
}

/** Signs the answer that is at `at`: a server's part. */
export function sign(answer: Buffer, at: number, tag: string): void {
  answer.write(tag, at + TEXT_AT, "latin1");
}

/** Connection and number of the call, heartbeat or oneway at `start`. */
export function idOf(bytes: Buffer, start: number): { connection: number; number: number } {
  return { connection: bytes.readUInt32BE(start + 4), number: bytes.readUInt32BE(start + 8) };
}

export const isOneway = (bytes: Buffer, start: number): boolean =>
  (bytes[start + 2]! & (FLAG.TWO_WAY | FLAG.EVENT)) === 0;
