/**
 * Bodies of Dubbo2 in fastjson2: each part is a length of four bytes and a value of JSONB.
 */
import { load32, store32 } from "../../../bytes/order";
import { Edits } from "../../edits";
import { Metadata, ValueType } from "../../metadata";
import { failed, SHORT, WRONG } from "../../position";
import { writeText } from "../../text";
import { addBody, Body, keep, keepMessage, keepResult } from "../body";
import { DETAIL_MESSAGE, DETAIL_MESSAGE_LENGTH, Result, Serialization } from "../protocol";
import { isOfUse, reportBool, reportDouble, reportInteger, reportText } from "../report";
import { change } from "./change";
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
import { renderJson } from "./render";

/** A part that is null. */
const NOTHING: usize = memory.data<u8>([0, 0, 0, 1, 0xaf]);

class Fastjson2Body extends Body {
  constructor() {
    super(NOTHING, 5);
  }

  readText(p: usize, end: usize, m: Metadata): usize {
    p = enterPart(p, end);
    if (!failed(p)) p = leavePart(readText(p, partEnd));
    if (failed(p)) return p;
    if (!keepText(m)) return WRONG;
    keep(keptAt, keptLength);
    return p;
  }
  readResult(p: usize, end: usize, m: Metadata): usize {
    p = enterPart(p, end);
    if (failed(p)) return p;
    p = leavePart(readInteger(p, partEnd));
    keepResult(<u32>integer);
    return <u64>integer > <u64>Result.NULL_WITH_ATTACHMENTS ? WRONG : p;
  }
  skip(p: usize, end: usize): usize {
    p = enterPart(p, end);
    return failed(p) ? p : partEnd;
  }
  readThrowable(p: usize, end: usize, m: Metadata): usize {
    return readThrowable(p, end, m);
  }
  readAttachments(p: usize, end: usize, m: Metadata): usize {
    return readAttachments(p, end, m);
  }
  /** The length of the part, then a string of UTF-8 with a length of four bytes. */
  writeMessage(out: usize, most: u32, p: usize, n: u32): u32 {
    const length = writeText(out + 10, most, p, n, false);
    store32(out, 6 + length);
    store<u8>(out + 4, 0x7a);
    store<u8>(out + 5, 0x48);
    store32(out + 6, length);
    return 10 + length;
  }
  change(p: usize, end: usize, m: Metadata, edits: Edits, out: usize): usize {
    return change(p, end, m, edits, out);
  }
  render(p: usize, end: usize): string {
    return renderJson(p, end);
  }
}

addBody(Serialization.FASTJSON2, new Fastjson2Body());

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

/** The string that was read last is the error message, if it is one. */
function tellMessage(m: Metadata): void {
  if (!keepText(m)) return;
  keep(keptAt, keptLength);
  keepMessage(m);
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
      if (!failed(readText(p, next))) tellMessage(m);
      break;
    }
    p = skipValue(p, next);
  }
  return next;
}

/** Reads the attachments, or null, that are the part at `p`. */
function readAttachments(p: usize, end: usize, m: Metadata): usize {
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
  if (isDoubleAt(p)) return reportDouble(m, name, n, doubleAt(p), p, end);
  if (tag == 0xb0 || tag == 0xb1) return reportBool(m, name, n, tag == 0xb1);
  if (tag == NULL) m.attachment(name, n, 0, 0, ValueType.NULL);
  else m.attachment(name, n, p, <u32>(end - p), ValueType.ENCODED);
  return true;
}
