/**
 * Bodies of Dubbo2: the same parts in the same order in every serialization.
 *
 * Request: Dubbo's version, service, version, method and parameter types as strings, the arguments
 * (as many as the parameter types tell), and a map of attachments.
 * Response: with status OK a result tag (`Result`), the value or exception if the tag has one,
 * and a map of attachments if it has them; with any other status a message.
 */
import { Edits } from "../edits";
import { Depth, Metadata } from "../metadata";
import { failed, WRONG } from "../position";
import {
  CALL_STRINGS,
  callSlot,
  countParameters,
  hasAttachments,
  hasValue,
  isException,
  Status,
} from "./protocol";

/** What is told apart by the serialization. Readers answer as position.ts has it. */
export abstract class Body {
  constructor(
    /** Where a null lies as an event's body has it, and its bytes. */
    readonly nullAt: usize,
    readonly nullLength: u32,
    /** Can be read beyond what a request or response begins with. */
    readonly walks: bool = true,
    /** Equal bytes before the arguments are equal values: `Metadata.headAt`. */
    readonly tellsHead: bool = false,
    /** Of responses, too. */
    readonly walksResponses: bool = walks,
  ) {}

  /** Goes to the first part. */
  begin(p: usize, end: usize): usize {
    return p;
  }
  /** Reads the string at `p`, or null, and keeps it by `keep`. */
  abstract readText(p: usize, end: usize, m: Metadata): usize;
  /** Reads the strings before the arguments; that of the parameter types is kept. */
  readCall(p: usize, end: usize, m: Metadata): usize {
    p = this.readText(p, end, m); // Dubbo's own version
    for (let i: u32 = 0; i < CALL_STRINGS && !failed(p); i++) {
      p = this.readText(p, end, m);
      if (!failed(p)) m.set(callSlot(i), textAt, textLength);
    }
    return p;
  }
  /** Reads the result tag at `p`, and keeps it by `keepResult`. */
  abstract readResult(p: usize, end: usize, m: Metadata): usize;
  /** Skips an argument or a returned value. */
  skip(p: usize, end: usize): usize {
    return end;
  }
  /** Skips an exception, and tells its message if it can. */
  readThrowable(p: usize, end: usize, m: Metadata): usize {
    return this.skip(p, end);
  }
  readAttachments(p: usize, end: usize, m: Metadata): usize {
    return end;
  }
  /** Writes `n` bytes of UTF-8 as a string of at most `most` bytes; returns bytes written. */
  abstract writeMessage(out: usize, most: u32, p: usize, n: u32): u32;
  /**
   * Writes the body from `p` to `end` with its attachments changed.
   * @returns the address behind it; 0: it can't be done
   */
  change(p: usize, end: usize, m: Metadata, edits: Edits, out: usize): usize {
    return 0;
  }
  /** A value of this serialization as JSON, for inspection. */
  render(p: usize, end: usize): string {
    return String.UTF8.decodeUnsafe(p, end - p);
  }
}

const bodies = new StaticArray<Body | null>(32);

/** Adds a serialization to those that are read. */
export function addBody(serialization: u32, body: Body): void {
  bodies[serialization] = body;
}

/** Null: frames in this serialization are routed by what the header tells. */
@inline
export function bodyOf(serialization: u32): Body | null {
  return unchecked(bodies[serialization]);
}

/** The text that was read last, as UTF-8; address 0 for null. */
export let textAt: usize = 0;
export let textLength: u32 = 0;
export function keep(p: usize, n: u32): void {
  textAt = p;
  textLength = n;
}

let result: u32 = 0;
export function keepResult(tag: u32): void {
  result = tag;
}

/** Where the attachments of the request or response begin that was read last. */
export let attachmentsAt: usize = 0;

/** Reads the body of the request at `p` as far as `m.depth` asks. */
export function readRequest(body: Body, p: usize, end: usize, m: Metadata): usize {
  const head = p;
  p = body.begin(p, end);
  if (!failed(p)) p = body.readCall(p, end, m);
  if (failed(p)) return p;
  if (body.tellsHead) {
    m.headAt = head;
    m.headEnd = p;
  }
  if (m.depth == Depth.CALL || !body.walks) return p;
  const count = countParameters(textAt, textLength);
  if (count < 0) return WRONG;
  m.argumentCount = count;
  p = skipValues(body, p, end, count);
  if (failed(p)) return p;
  if (body.tellsHead) m.tailAt = p;
  attachmentsAt = p;
  return body.readAttachments(p, end, m);
}

/** Skips the arguments of a request, from where they begin. */
export function skipArguments(body: Body, p: usize, end: usize, count: u32): usize {
  p = body.begin(p, end);
  return skipValues(body, p, end, count);
}

function skipValues(body: Body, p: usize, end: usize, count: u32): usize {
  for (; count > 0 && !failed(p); count--) p = body.skip(p, end);
  return p;
}

/** Reads the body of the response at `p`, all of which is there. */
export function readResponse(body: Body, p: usize, end: usize, m: Metadata): usize {
  p = body.begin(p, end);
  if (m.status != Status.OK) {
    if (!failed(p) && !failed(body.readText(p, end, m))) keepMessage(m);
    return end;
  }
  if (!failed(p)) p = body.readResult(p, end, m);
  if (failed(p)) return p;
  m.isError = isException(result);
  if (!body.walksResponses) return end;
  if (m.isError) p = body.readThrowable(p, end, m);
  else if (hasValue(result)) p = body.skip(p, end);
  if (failed(p) || !hasAttachments(result)) return p;
  return body.readAttachments(p, end, m);
}

/** The text that was read last is the error message. */
export function keepMessage(m: Metadata): void {
  m.errorMessage = textAt;
  m.errorMessageLength = textLength;
}
