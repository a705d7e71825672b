/**
 * Bodies of Dubbo2 in fastjson2: the same parts in the same order as in Hessian 2, each of them a
 * length of four bytes and a value of JSONB.
 */
import { load32 } from "../../../bytes/order";
import { Depth, Metadata, ValueType } from "../../metadata";
import { failed, SHORT, WRONG } from "../../position";
import {
  CALL_STRINGS,
  callSlot,
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
  doubleAt,
  integer,
  integerAt,
  isDoubleAt,
  isInteger,
  isText,
  keepText,
  keptAt,
  keptLength,
  NULL,
  OBJECT,
  OBJECT_END,
  readInteger,
  readText,
  skipSymbol,
  skipValue,
  SYMBOL,
  textIs,
  TYPED,
} from "./jsonb";

/** Where the part begins that the attachments of the body are that was read last. */
export let attachmentsAt: usize = 0;

/** The end of the part that `enterPart` entered. */
let partEnd: usize = 0;

/** Goes to the value of the part at `p`, all of which has to be there. */
function enterPart(p: usize, end: usize): usize {
  if (p + 4 > end) return SHORT;
  const length = load32(p);
  if (length > <u32>(end - p - 4)) return SHORT;
  partEnd = p + 4 + length;
  return p + 4;
}

/** The end of a part whose value ended at `p`: nothing may lie between. */
@inline
function leavePart(p: usize): usize {
  return p == partEnd ? p : WRONG;
}

/** Reads the part at `p`, a string. */
function readTextPart(p: usize, end: usize): usize {
  p = enterPart(p, end);
  return failed(p) ? p : leavePart(readText(p, partEnd));
}

function readSlot(p: usize, end: usize, slot: u32, m: Metadata): usize {
  p = readTextPart(p, end);
  if (failed(p)) return p;
  if (!keepText(m)) return WRONG;
  m.set(slot, keptAt, keptLength);
  return p;
}

function skipPart(p: usize, end: usize): usize {
  p = enterPart(p, end);
  return failed(p) ? p : partEnd;
}

/** Reads the body of the request at `p` as far as `m.depth` asks. */
export function readRequest(p: usize, end: usize, m: Metadata): usize {
  p = skipPart(p, end); // Dubbo's own version
  if (failed(p)) return p;
  for (let i: u32 = 0; i < CALL_STRINGS && !failed(p); i++) {
    p = readSlot(p, end, callSlot(i), m);
  }
  if (failed(p) || m.depth == Depth.CALL) return p;
  const count = countParameters(keptAt, keptLength);
  if (count < 0) return WRONG;
  for (let i = 0; i < count; i++) {
    p = skipPart(p, end);
    if (failed(p)) return p;
  }
  return readAttachments(p, end, m);
}

/** Reads the body of the response at `p`, all of which is there. */
export function readResponse(p: usize, end: usize, m: Metadata): usize {
  if (m.status != Status.OK) {
    const next = readTextPart(p, end);
    if (!failed(next)) keepMessage(m);
    return end;
  }
  p = enterPart(p, end);
  if (failed(p)) return p;
  p = leavePart(readInteger(p, partEnd));
  if (failed(p) || integer < 0 || integer > Result.NULL_WITH_ATTACHMENTS) return WRONG;
  const result = <u32>integer;
  m.isError = isException(result);
  if (m.isError) p = readThrowable(p, end, m);
  else if (hasValue(result)) p = skipPart(p, end);
  if (failed(p) || !hasAttachments(result)) return p;
  return readAttachments(p, end, m);
}

function keepMessage(m: Metadata): void {
  if (!keepText(m)) return;
  m.errorMessage = keptAt;
  m.errorMessageLength = keptLength;
}

/** Goes into the object at `p`, whether its type is written or not. */
function enterObject(p: usize): usize {
  if (p < partEnd && load<u8>(p) == TYPED) p = skipSymbol(p + 1, partEnd);
  if (failed(p)) return p;
  return p < partEnd && load<u8>(p) == OBJECT ? p + 1 : WRONG;
}

/** Reads the message of the exception that is the part at `p`. */
function readThrowable(p: usize, end: usize, m: Metadata): usize {
  p = enterPart(p, end);
  if (failed(p)) return p;
  const next = partEnd;
  p = enterObject(p);
  while (!failed(p) && p < next && load<u8>(p) != OBJECT_END) {
    const name = load<u8>(p) == SYMBOL ? p + 1 : p;
    const isMessage =
      name < next &&
      isText(load<u8>(name)) &&
      !failed(readText(name, next)) &&
      textIs(DETAIL_MESSAGE, DETAIL_MESSAGE_LENGTH);
    p = skipValue(p, next);
    if (failed(p)) break;
    if (isMessage && p < next && isText(load<u8>(p))) {
      if (!failed(readText(p, next))) keepMessage(m);
      break;
    }
    p = skipValue(p, next);
  }
  return next;
}

/** Reads the attachments, or null, that are the part at `p`. */
function readAttachments(p: usize, end: usize, m: Metadata): usize {
  attachmentsAt = p;
  p = enterPart(p, end);
  if (failed(p)) return p;
  const next = partEnd;
  if (p < next && load<u8>(p) == NULL) return next;
  p = enterObject(p);
  while (!failed(p)) {
    if (p >= next) return WRONG;
    if (load<u8>(p) == OBJECT_END) return leavePart(p + 1);
    if (isText(load<u8>(p))) {
      p = readText(p, next);
      if (failed(p) || !keepText(m)) return WRONG;
      p = readAttachment(keptAt, keptLength, p, next, m);
    } else {
      p = skipValue(p, next);
      if (!failed(p)) p = skipValue(p, next);
    }
  }
  return WRONG;
}

/** Reads the value at `p` of the attachment `name`, or skips it if it is of no use. */
function readAttachment(name: usize, n: u32, p: usize, end: usize, m: Metadata): usize {
  const next = skipValue(p, end);
  if (failed(next) || !isOfUse(m, name, n)) return next;
  return report(name, n, p, next, m) ? next : WRONG;
}

function report(name: usize, n: u32, p: usize, end: usize, m: Metadata): bool {
  const tag = <u32>load<u8>(p);
  if (isText(tag)) {
    readText(p, end);
    return keepText(m) && reportText(m, name, n, keptAt, keptLength);
  }
  if (isInteger(tag)) return reportInteger(m, name, n, integerAt(p));
  if (isDoubleAt(p)) return reportDouble(m, name, n, doubleAt(p));
  if (tag == 0xb0 || tag == 0xb1) return reportBool(m, name, n, tag == 0xb1);
  if (tag == NULL) m.attachment(name, n, 0, 0, ValueType.NULL);
  else m.attachment(name, n, p, <u32>(end - p), ValueType.ENCODED);
  return true;
}
