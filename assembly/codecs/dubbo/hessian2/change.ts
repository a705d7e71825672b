/** Requests with other attachments than they came with, in Hessian 2. */
import { copy } from "../../../bytes/copy";
import { store16 } from "../../../bytes/order";
import { Edits } from "../../edits";
import { isText, keepText, keptAt, keptLength, readText } from "../../hessian2/text";
import { Metadata } from "../../metadata";
import { unitsWritten, writeText } from "../../text";
import { attachmentsAt } from "../body";
import { isScalar, skipType, skipValue } from "./skip";

const NULL: u32 = 0x4e;
const MAP: u32 = 0x48;
const TYPED_MAP: u32 = 0x4d;
const END: u32 = 0x5a;
const STRING: u32 = 0x53;
const STRING_HEAD: u32 = 3;

/**
 * Writes the request from `body` to `end`, which was read last, with its attachments changed.
 * @returns the address behind it; 0: what is to go is a list, map or object, which later values
 *   may refer to
 */
export function change(body: usize, end: usize, m: Metadata, edits: Edits, out: usize): usize {
  const map = attachmentsAt;
  const tag = <u32>load<u8>(map);
  let p = tag == TYPED_MAP ? skipType(map + 1, end) : map + 1;
  out = copy(out, body, map);
  if (tag == NULL) store<u8>(out++, MAP);
  else out = copy(out, map, p);
  while (tag != NULL && load<u8>(p) != END) {
    const entry = p;
    let edit = -1;
    if (isText(load<u8>(p))) {
      p = readText(p, end);
      if (!keepText(m)) return 0;
      edit = edits.indexOf(keptAt, keptLength);
    } else p = skipValue(p, end);
    const first = <u32>load<u8>(p);
    p = skipValue(p, end);
    if (edit < 0) out = copy(out, entry, p);
    else if (!isText(first) && !isScalar(first)) return 0;
  }
  for (let i = 0; i < edits.count; i++) {
    if (edits.removes(i)) continue;
    out = writeString(out, edits.nameAt(i), edits.nameLength(i));
    out = writeString(out, edits.valueAt(i), edits.valueLength(i));
  }
  store<u8>(out++, END);
  return copy(out, tag == NULL ? p : p + 1, end);
}

function writeString(out: usize, p: usize, n: u32): usize {
  const length = writeText(out + STRING_HEAD, u16.MAX_VALUE, p, n, true);
  store<u8>(out, STRING);
  store16(out + 1, unitsWritten);
  return out + STRING_HEAD + length;
}
