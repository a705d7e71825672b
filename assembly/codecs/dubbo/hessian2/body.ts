/**
 * Bodies of Dubbo2 in Hessian 2.
 *
 * Request: Dubbo version, service, version, method and parameter types as strings, the arguments
 * (as many as the parameter types tell), and a map of attachments.
 * Response: with status OK a result tag (`Result`), the value or exception if the tag has one,
 * and a map of attachments if it has them; with any other status a message.
 */
import { doubleAt, integer, integerAt, isDouble, isInteger, readInt } from "../../hessian2/number";
import { isText, keepText, keptAt, keptLength, readText, textIs } from "../../hessian2/text";
import { Depth, Metadata, Slot, ValueType } from "../../metadata";
import { failed, SHORT, WRONG } from "../../position";
import {
  countParameters,
  DETAIL_MESSAGE,
  DETAIL_MESSAGE_LENGTH,
  hasAttachments,
  hasValue,
  isException,
  Result,
  Status,
} from "../protocol";
import { isOfUse, reportBool, reportDouble, reportInteger, reportText } from "../report";
import {
  beginBody,
  classFields,
  classNames,
  countContainer,
  enter,
  entered,
  isScalar,
  NO_CLASS,
  skipType,
  skipValue,
} from "./skip";

/** Where the attachments of the body that was read last begin. */
export let attachmentsAt: usize = 0;

/** Reads the string at `p` into `slot`. */
function readSlot(p: usize, end: usize, slot: Slot, m: Metadata): usize {
  p = readText(p, end);
  if (failed(p)) return p;
  if (!keepText(m)) return WRONG;
  m.set(slot, keptAt, keptLength);
  return p;
}

/** Reads the body of the request at `p` as far as `m.depth` asks. */
export function readRequest(p: usize, end: usize, m: Metadata): usize {
  const head = p;
  beginBody(end);
  p = readText(p, end); // Dubbo's own version
  if (failed(p)) return p;
  p = readSlot(p, end, Slot.SERVICE, m);
  if (failed(p)) return p;
  p = readSlot(p, end, Slot.VERSION, m);
  if (failed(p)) return p;
  p = readSlot(p, end, Slot.METHOD, m);
  if (failed(p)) return p;
  p = readSlot(p, end, Slot.PARAMETER_TYPES, m);
  if (failed(p)) return p;
  m.headAt = head;
  m.headEnd = p;
  if (m.depth == Depth.CALL) return p;
  const count = countParameters(keptAt, keptLength);
  if (count < 0) return WRONG;
  m.argumentCount = count;
  p = skipValues(p, end, count);
  if (failed(p)) return p;
  m.tailAt = p;
  return readAttachments(p, end, m);
}

/** Skips the arguments of a request, from where they begin. */
export function skipArguments(p: usize, end: usize, count: u32): usize {
  beginBody(end);
  return skipValues(p, end, count);
}


@inline
function skipValues(p: usize, end: usize, count: u32): usize {
  for (; count > 0 && !failed(p); count--) p = skipValue(p, end);
  return p;
}

/** Reads the body of the response at `p`, all of which is there. */
export function readResponse(p: usize, end: usize, m: Metadata): usize {
  beginBody(end);
  if (m.status != Status.OK) {
    m.isError = true;
    return p < end && isText(load<u8>(p)) ? readMessage(p, end, m) : end;
  }
  p = readInt(p, end);
  if (failed(p)) return p;
  if (integer < 0 || integer > Result.NULL_WITH_ATTACHMENTS) return WRONG;
  const result = <u32>integer;
  m.isError = isException(result);
  if (m.isError) p = readThrowable(p, end, m);
  else if (hasValue(result)) p = skipValue(p, end);
  if (failed(p) || !hasAttachments(result)) return p;
  return readAttachments(p, end, m);
}

/** Reads the error message at `p`; without room for it, it stays unknown. */
function readMessage(p: usize, end: usize, m: Metadata): usize {
  p = readText(p, end);
  if (!failed(p) && keepText(m)) {
    m.errorMessage = keptAt;
    m.errorMessageLength = keptLength;
  }
  return p;
}

/** Skips the exception at `p` and reads its message. */
function readThrowable(p: usize, end: usize, m: Metadata): usize {
  const tag = p < end ? <u32>load<u8>(p) : 0;
  const isObject = tag == 0x43 || tag == 0x4f || (tag & 0xf0) == 0x60; // C, O, short O
  if (!isObject) return skipValue(p, end);
  p = enter(p, end);
  if (failed(p)) return p;
  if (entered == NO_CLASS) return WRONG;
  const fields = classFields(entered);
  let name = classNames(entered);
  for (let i: u32 = 0; i < fields; i++) {
    name = readText(name, end);
    if (failed(name)) return WRONG;
    const isMessage = m.errorMessage == 0 && textIs(DETAIL_MESSAGE, DETAIL_MESSAGE_LENGTH);
    if (isMessage && p < end && isText(load<u8>(p))) p = readMessage(p, end, m);
    else p = skipValue(p, end);
    if (failed(p)) return p;
  }
  return p;
}

/** Reads the map of attachments, or null, at `p`. */
function readAttachments(p: usize, end: usize, m: Metadata): usize {
  attachmentsAt = p;
  if (p >= end) return SHORT;
  const tag = load<u8>(p);
  if (tag == 0x4e) return p + 1;
  if (tag != 0x48) m.headAt = 0; // its type may be one that the arguments named
  countContainer(p);
  if (tag == 0x48)
    p++; // H
  else if (tag == 0x4d)
    p = skipType(p + 1, end); // M
  else return WRONG;
  while (!failed(p)) {
    if (p >= end) return SHORT;
    const key = <u32>load<u8>(p);
    if (key == 0x5a) return p + 1; // Z
    if (isText(key)) {
      p = readText(p, end);
      if (failed(p)) return p;
      if (!keepText(m)) return WRONG;
      p = readAttachment(keptAt, keptLength, p, end, m);
    } else {
      m.headAt = 0; // may refer to what lies in the arguments
      p = skipValue(p, end);
      if (!failed(p)) p = skipValue(p, end);
    }
  }
  return p;
}

/** Reads the value at `p` of the attachment `name`, or skips it if it is of no use. */
function readAttachment(name: usize, n: u32, p: usize, end: usize, m: Metadata): usize {
  if (p >= end) return SHORT;
  const tag = <u32>load<u8>(p);
  if (!isText(tag) && !isScalar(tag)) m.headAt = 0; // may refer to what lies in the arguments
  if (!isOfUse(m, name, n)) return skipValue(p, end);
  if (isText(tag)) {
    p = readText(p, end);
    if (failed(p)) return p;
    return keepText(m) && reportText(m, name, n, keptAt, keptLength) ? p : WRONG;
  }
  const next = skipValue(p, end);
  if (failed(next)) return next;
  return report(name, n, p, next, m) ? next : WRONG;
}

/** Reports a value that is no string. */
function report(name: usize, n: u32, p: usize, end: usize, m: Metadata): bool {
  const tag = <u32>load<u8>(p);
  if (isInteger(tag)) return reportInteger(m, name, n, integerAt(p));
  if (isDouble(tag)) return reportDouble(m, name, n, doubleAt(p));
  if (tag == 0x54 || tag == 0x46) return reportBool(m, name, n, tag == 0x54); // T, F
  if (tag == 0x4e) m.attachment(name, n, 0, 0, ValueType.NULL);
  else m.attachment(name, n, p, <u32>(end - p), ValueType.ENCODED);
  return true;
}
