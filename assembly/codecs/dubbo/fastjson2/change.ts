/** Requests with other attachments than they came with, in fastjson2. */
import { copy } from "../../../bytes/copy";
import { load32, store32 } from "../../../bytes/order";
import { Edits } from "../../edits";
import { Metadata } from "../../metadata";
import { attachmentsAt } from "../body";
import {
  isText,
  keepText,
  keptAt,
  keptLength,
  NULL,
  OBJECT,
  OBJECT_END,
  readText,
  skipSymbol,
  skipValue,
  SYMBOL,
  TYPED,
} from "./jsonb";

/** Strings of ASCII and of UTF-8; the length follows, here an int of four bytes. */
const ASCII: u32 = 0x79;
const UTF8: u32 = 0x7a;
const INT: u32 = 0x48;
const STRING_HEAD: u32 = 6;
const PART_HEAD: u32 = 4;

/**
 * Writes the request from `body` to `end`, which was read last, with its attachments changed.
 * @returns the address behind it; 0: it names its attachments by symbols
 */
export function change(body: usize, end: usize, m: Metadata, edits: Edits, out: usize): usize {
  const part = attachmentsAt;
  const stop = part + PART_HEAD + load32(part);
  out = copy(out, body, part);
  const head = out;
  out += PART_HEAD;
  const object = part + PART_HEAD;
  const isNull = object < stop && load<u8>(object) == NULL;
  let p = object;
  if (isNull) store<u8>(out++, OBJECT);
  else {
    if (load<u8>(p) == TYPED) p = skipSymbol(p + 1, stop);
    out = copy(out, object, ++p);
  }
  while (!isNull && load<u8>(p) != OBJECT_END) {
    const entry = p;
    let edit = -1;
    if (load<u8>(p) == SYMBOL) return 0;
    if (isText(load<u8>(p))) {
      p = readText(p, stop);
      if (!keepText(m)) return 0;
      edit = edits.indexOf(keptAt, keptLength);
    } else p = skipValue(p, stop);
    p = skipValue(p, stop);
    if (edit < 0) out = copy(out, entry, p);
  }
  for (let i = 0; i < edits.count; i++) {
    if (edits.removes(i)) continue;
    out = writeString(out, edits.nameAt(i), edits.nameLength(i));
    out = writeString(out, edits.valueAt(i), edits.valueLength(i));
  }
  store<u8>(out++, OBJECT_END);
  store32(head, <u32>(out - head) - PART_HEAD);
  return copy(out, stop, end);
}

/**
 * A name that is ASCII has to say so: of one that says UTF-8, fastjson2 2.0.52 makes a string that
 * equals no other.
 */
function writeString(out: usize, p: usize, n: u32): usize {
  store<u8>(out, isAscii(p, n) ? ASCII : UTF8);
  store<u8>(out + 1, INT);
  store32(out + 2, n);
  memory.copy(out + STRING_HEAD, p, n);
  return out + STRING_HEAD + n;
}

function isAscii(p: usize, n: u32): bool {
  for (let i: u32 = 0; i < n; i++) if (load<u8>(p + i) >= 0x80) return false;
  return true;
}
