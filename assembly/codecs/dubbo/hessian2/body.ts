/** Bodies of Dubbo2 in Hessian 2. */
import { Edits } from "../../edits";
import { doubleAt, integer, integerAt, isDouble, isInteger, readInt } from "../../hessian2/number";
import { isText, keepText, keptAt, keptLength, readText, textIs } from "../../hessian2/text";
import { Metadata, Slot, ValueType } from "../../metadata";
import { failed, SHORT, WRONG } from "../../position";
import { unitsWritten, writeText } from "../../text";
import { store16 } from "../../../bytes/order";
import { addBody, Body, keep, keepMessage, keepResult } from "../body";
import { DETAIL_MESSAGE, DETAIL_MESSAGE_LENGTH, Result, Serialization } from "../protocol";
import { isOfUse, reportBool, reportDouble, reportInteger, reportText } from "../report";
import { change } from "./change";
import { renderJson } from "./render";
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

/** N */
const NULL: usize = memory.data<u8>([0x4e]);

class Hessian2Body extends Body {
  constructor() {
    super(NULL, 1, true, true);
  }

  begin(p: usize, end: usize): usize {
    beginBody(end);
    return p;
  }
  readText(p: usize, end: usize, m: Metadata): usize {
    p = readText(p, end);
    if (failed(p)) return p;
    if (!keepText(m)) return WRONG;
    keep(keptAt, keptLength);
    return p;
  }
  /** As the others do, but without asking at each string which serialization this is. */
  readCall(p: usize, end: usize, m: Metadata): usize {
    p = readText(p, end);
    if (!failed(p)) p = readSlot(p, end, Slot.SERVICE, m);
    if (!failed(p)) p = readSlot(p, end, Slot.VERSION, m);
    if (!failed(p)) p = readSlot(p, end, Slot.METHOD, m);
    if (!failed(p)) p = readSlot(p, end, Slot.PARAMETER_TYPES, m);
    keep(keptAt, keptLength);
    return p;
  }
  readResult(p: usize, end: usize, m: Metadata): usize {
    p = readInt(p, end);
    if (failed(p)) return p;
    keepResult(<u32>integer);
    return <u64>integer > <u64>Result.NULL_WITH_ATTACHMENTS ? WRONG : p;
  }
  skip(p: usize, end: usize): usize {
    return skipValue(p, end);
  }
  readThrowable(p: usize, end: usize, m: Metadata): usize {
    return readThrowable(p, end, m);
  }
  readAttachments(p: usize, end: usize, m: Metadata): usize {
    return readAttachments(p, end, m);
  }
  writeMessage(out: usize, most: u32, p: usize, n: u32): u32 {
    const length = writeText(out + 3, most, p, n, true);
    store<u8>(out, 0x53); // S
    store16(out + 1, unitsWritten);
    return 3 + length;
  }
  change(p: usize, end: usize, m: Metadata, edits: Edits, out: usize): usize {
    return change(p, end, m, edits, out);
  }
  render(p: usize, end: usize): string {
    return renderJson(p, end);
  }
}

const body = new Hessian2Body();
addBody(Serialization.HESSIAN2, body);
addBody(Serialization.NATIVE_HESSIAN, body);

function readSlot(p: usize, end: usize, slot: Slot, m: Metadata): usize {
  p = readText(p, end);
  if (failed(p)) return p;
  if (!keepText(m)) return WRONG;
  m.set(slot, keptAt, keptLength);
  return p;
}

/** Reads the error message at `p`; without room for it, it stays unknown. */
function readMessage(p: usize, end: usize, m: Metadata): usize {
  const next = readText(p, end);
  if (!failed(next) && keepText(m)) {
    keep(keptAt, keptLength);
    keepMessage(m);
  }
  return next;
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
  if (isDouble(tag)) return reportDouble(m, name, n, doubleAt(p), p, end);
  if (tag == 0x54 || tag == 0x46) return reportBool(m, name, n, tag == 0x54); // T, F
  if (tag == 0x4e) m.attachment(name, n, 0, 0, ValueType.NULL);
  else m.attachment(name, n, p, <u32>(end - p), ValueType.ENCODED);
  return true;
}
