/**
 * Bodies of Dubbo2 in JSON (Fastjson, Gson): each part is a JSON value on a line of its own.
 * Source: FastJsonObjectOutput and GsonJsonObjectOutput of github.com/apache/dubbo 2.7.
 */
import { Metadata, ValueType } from "../../metadata";
import { failed, SHORT, WRONG } from "../../position";
import { addBody, Body, keep, keepResult } from "../body";
import { Result, Serialization } from "../protocol";
import { isOfUse, reportBool, reportText } from "../report";
import { endLine, keepText, keptAt, keptLength, readText, skipLine, skipValue } from "./text";
import { writeJsonLine } from "./write";

/** null, on a line */
const NULL: usize = memory.data<u8>([0x6e, 0x75, 0x6c, 0x6c, 0x0a]);

/** Exceptions are objects of the application's classes: their message has no fixed place. */
class JsonBody extends Body {
  constructor() {
    super(NULL, 5);
  }

  readText(p: usize, end: usize, m: Metadata): usize {
    p = endLine(readText(p, end), end);
    if (failed(p)) return p;
    if (!keepText(m)) return WRONG;
    keep(keptAt, keptLength);
    return p;
  }
  readResult(p: usize, end: usize, m: Metadata): usize {
    const result = p < end ? <u32>load<u8>(p) - 0x30 : u32.MAX_VALUE;
    keepResult(result);
    return result > <u32>Result.NULL_WITH_ATTACHMENTS ? WRONG : endLine(p + 1, end);
  }
  skip(p: usize, end: usize): usize {
    return skipLine(p, end);
  }
  readAttachments(p: usize, end: usize, m: Metadata): usize {
    return readAttachments(p, end, m);
  }
  writeMessage(out: usize, most: u32, p: usize, n: u32): u32 {
    return writeJsonLine(out, most, p, n);
  }
}

const body = new JsonBody();
addBody(Serialization.FASTJSON, body);
addBody(Serialization.GSON, body);

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
