/**
 * Bodies of Dubbo2 in JSON (Fastjson, Gson): the same parts in the same order as in Hessian 2,
 * each a JSON value on a line of its own. Source: FastJsonObjectOutput and GsonJsonObjectOutput of
 * github.com/apache/dubbo 2.7.
 */
import { Depth, Metadata, ValueType } from "../../metadata";
import { failed, SHORT, WRONG } from "../../position";
import {
  CALL_STRINGS,
  callSlot,
  countParameters,
  hasAttachments,
  hasValue,
  isException,
  Result,
  Status,
} from "../protocol";
import { isOfUse, reportBool, reportText } from "../report";
import { endLine, keepText, keptAt, keptLength, readText, skipLine, skipValue } from "./text";

/** Reads the body of the request at `p` as far as `m.depth` asks. */
export function readRequest(p: usize, end: usize, m: Metadata): usize {
  p = skipLine(p, end); // Dubbo's own version
  for (let i: u32 = 0; i < CALL_STRINGS && !failed(p); i++) {
    p = endLine(readText(p, end), end);
    if (failed(p)) return p;
    if (!keepText(m)) return WRONG;
    m.set(callSlot(i), keptAt, keptLength);
  }
  if (failed(p) || m.depth == Depth.CALL) return p;
  const count = countParameters(keptAt, keptLength);
  if (count < 0) return WRONG;
  for (let i = 0; i < count && !failed(p); i++) p = skipLine(p, end);
  return failed(p) ? p : readAttachments(p, end, m);
}

/** Reads the body of the response at `p`, all of which is there. */
export function readResponse(p: usize, end: usize, m: Metadata): usize {
  if (m.status != Status.OK) {
    if (!failed(readText(p, end)) && keepText(m)) {
      m.errorMessage = keptAt;
      m.errorMessageLength = keptLength;
    }
    return end;
  }
  const result = p < end ? <u32>load<u8>(p) - 0x30 : u32.MAX_VALUE;
  if (result > <u32>Result.NULL_WITH_ATTACHMENTS) return WRONG;
  p = endLine(p + 1, end);
  m.isError = isException(result);
  // Exceptions are objects of the application's classes: their message has no fixed place.
  if (!failed(p) && (m.isError || hasValue(result))) p = skipLine(p, end);
  return failed(p) || !hasAttachments(result) ? p : readAttachments(p, end, m);
}

/** Reads the line at `p`: an object of attachments, or null. */
function readAttachments(p: usize, end: usize, m: Metadata): usize {
  if (p >= end) return SHORT;
  if (load<u8>(p) != 0x7b) return endLine(skipValue(p, end), end);
  p++;
  while (p < end && load<u8>(p) != 0x7d) {
    p = readText(p, end);
    if (failed(p)) return p;
    if (!keepText(m) || p >= end || load<u8>(p) != 0x3a) return WRONG;
    p = readAttachment(keptAt, keptLength, p + 1, end, m);
    if (failed(p)) return p;
    if (p < end && load<u8>(p) == 0x2c) p++;
    else if (p < end && load<u8>(p) != 0x7d) return WRONG;
  }
  return p < end ? endLine(p + 1, end) : SHORT;
}

function readAttachment(name: usize, n: u32, p: usize, end: usize, m: Metadata): usize {
  const next = skipValue(p, end);
  if (failed(next) || !isOfUse(m, name, n)) return next;
  const c = <u32>load<u8>(p);
  if (c == 0x22) {
    readText(p, end);
    return keepText(m) && reportText(m, name, n, keptAt, keptLength) ? next : WRONG;
  }
  if (c == 0x74 || c == 0x66) reportBool(m, name, n, c == 0x74);
  else {
    const type =
      c == 0x6e ? ValueType.NULL : c == 0x5b || c == 0x7b ? ValueType.ENCODED : ValueType.NUMBER;
    m.attachment(name, n, p, <u32>(next - p), type);
  }
  return next;
}
