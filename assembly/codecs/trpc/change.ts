/** Requests with other attachments than they came with. */
import { Edits } from "../edits";
import {
  at,
  headSize,
  length,
  readField,
  tag,
  tagOf,
  Wire,
  writeBytes,
  writeHead,
} from "../protobuf";
import { keyAt, keyLength, splitEntry } from "./head";
import { HEADER, headLength, LONGEST_HEAD, setLengths } from "./protocol";
import { REQUEST_META, TRANS_INFO as INIT_TRANS_INFO } from "./stream";

// RequestProtocol
const TRANS_INFO: u32 = 9;
// the entries of the map
const KEY: u32 = 1;
const VALUE: u32 = 2;
/** Most bytes of tag and length. */
const FIELD: u32 = 6;

/** Most bytes that a change adds: an entry for each edit, and of an INIT another message. */
export function limit(edits: Edits): u32 {
  return edits.bytes + <u32>edits.count * 3 * FIELD + FIELD;
}

/** Writes a unary request; 0: its head would be too long. */
export function changeUnary(p: usize, n: u32, edits: Edits, out: usize): u32 {
  const head = p + HEADER;
  const body = head + headLength(p);
  memory.copy(out, p, HEADER);
  let to = writeWithout(head, body, TRANS_INFO, edits, out + HEADER);
  if (to == 0) return 0;
  to = writeEntries(TRANS_INFO, edits, to);
  const newHead = to - (out + HEADER);
  if (newHead > LONGEST_HEAD) return 0;
  const rest = p + n - body;
  memory.copy(to, body, rest);
  const changed = <u32>(to + rest - out);
  setLengths(out, changed, <u32>newHead);
  return changed;
}

/** Writes the frame that begins a stream; what is set comes into the first request meta. */
export function changeInit(p: usize, n: u32, edits: Edits, out: usize): u32 {
  const end = p + n;
  memory.copy(out, p, HEADER);
  let to = out + HEADER;
  let isFirst = true;
  p += HEADER;
  while (p < end) {
    const field = p;
    p = readField(p, end);
    if (p == 0) return 0;
    if (tag == tagOf(REQUEST_META, Wire.BYTES)) {
      to = writeMeta(at, at + length, edits, isFirst, to);
      if (to == 0) return 0;
      isFirst = false;
    } else {
      memory.copy(to, field, p - field);
      to += p - field;
    }
  }
  if (isFirst) to = writeMeta(p, p, edits, true, to);
  const changed = <u32>(to - out);
  setLengths(out, changed, 0);
  return changed;
}

/** Writes a TrpcStreamInitRequestMeta with the attachments that are kept and, if `adds`, set. */
function writeMeta(p: usize, end: usize, edits: Edits, adds: bool, out: usize): usize {
  // Its length precedes it: it is written behind the room for the longest, and moved.
  const meta = out + FIELD;
  let to = writeWithout(p, end, INIT_TRANS_INFO, edits, meta);
  if (to == 0) return 0;
  if (adds) to = writeEntries(INIT_TRANS_INFO, edits, to);
  const n = <u32>(to - meta);
  out = writeHead(out, REQUEST_META, n);
  memory.copy(out, meta, n);
  return out + n;
}

/** Writes the fields of a message but for the entries of the map `field` that are changed. */
function writeWithout(p: usize, end: usize, field: u32, edits: Edits, out: usize): usize {
  while (p < end) {
    const from = p;
    p = readField(p, end);
    if (p == 0) return 0;
    if (tag == tagOf(field, Wire.BYTES)) {
      if (!splitEntry()) return 0;
      if (edits.indexOf(keyAt, keyLength) >= 0) continue;
    }
    memory.copy(out, from, p - from);
    out += p - from;
  }
  return out;
}

/** Writes the entries that are set into the map `field`. */
function writeEntries(field: u32, edits: Edits, out: usize): usize {
  for (let i = 0; i < edits.count; i++) {
    if (edits.removes(i)) continue;
    const n = edits.nameLength(i);
    const valueLength = edits.valueLength(i);
    const size = headSize(KEY, n) + n + headSize(VALUE, valueLength) + valueLength;
    out = writeHead(out, field, size);
    out = writeBytes(out, KEY, edits.nameAt(i), n);
    out = writeBytes(out, VALUE, edits.valueAt(i), valueLength);
  }
  return out;
}
