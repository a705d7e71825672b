/** Requests with other user fields than they came with. */
import { Edits } from "../edits";
import {
  headSize,
  readField,
  SHORT_VARINT_SIZE,
  tag,
  at,
  Wire,
  writeBytes,
  writeHead,
} from "../protobuf";
import { keyAt, keyLength, readUserField } from "./call";

const USER_FIELDS: u32 = 9;
const KEY: u32 = 1;
const VALUE: u32 = 2;

/** Most bytes that `change` adds. */
export function changeLimit(edits: Edits): u32 {
  return edits.bytes + <u32>edits.count * 3 * (1 + SHORT_VARINT_SIZE);
}

/**
 * Writes the RpcMeta from `p` to `end` with its user fields changed.
 * @returns the address behind it; 0: it is malformed
 */
export function change(p: usize, end: usize, edits: Edits, out: usize): usize {
  while (p < end) {
    const next = readField(p, end);
    if (next == 0) return 0;
    let edit = -1;
    if (tag == ((USER_FIELDS << 3) | Wire.BYTES)) {
      if (!readUserField(at, next)) return 0;
      edit = edits.indexOf(keyAt, keyLength);
    }
    if (edit < 0) {
      memory.copy(out, p, next - p);
      out += next - p;
    }
    p = next;
  }
  for (let i = 0; i < edits.count; i++) {
    if (!edits.removes(i)) out = writeEntry(out, edits, i);
  }
  return out;
}

function writeEntry(out: usize, edits: Edits, i: i32): usize {
  const key = edits.nameLength(i);
  const value = edits.valueLength(i);
  out = writeHead(out, USER_FIELDS, headSize(KEY, key) + key + headSize(VALUE, value) + value);
  out = writeBytes(out, KEY, edits.nameAt(i), key);
  return writeBytes(out, VALUE, edits.valueAt(i), value);
}
