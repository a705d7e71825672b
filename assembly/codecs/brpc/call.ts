/** Reads what a bRPC request asks for: service, method and user fields out of its RpcMeta. */
import { Depth, Metadata, Slot, ValueType } from "../metadata";
import { at, length, readField, tag, Wire } from "../protobuf";
import { isPlainUtf8 } from "../utf8";

/** Bytes of a field number and wire type 2. */
const FIRST: u32 = (1 << 3) | Wire.BYTES;
const SECOND: u32 = (2 << 3) | Wire.BYTES;
const USER_FIELDS: u32 = (9 << 3) | Wire.BYTES;

/** Reads the RpcMeta from `p` to `end`, which `readMeta` has accepted; false: it is malformed. */
export function readCall(p: usize, end: usize, m: Metadata): bool {
  while (p < end) {
    p = readField(p, end);
    if (p == 0) return false;
    if (tag == FIRST) {
      if (!readRequest(at, p, m)) return false;
    } else if (tag == USER_FIELDS && m.depth >= Depth.ATTACHMENTS) {
      if (!readUserField(at, p)) return false;
      report(m);
    }
  }
  return m.at(Slot.SERVICE) != 0 && m.at(Slot.METHOD) != 0;
}

/** Reads the user fields of the RpcMeta from `p` to `end`. */
export function readUserFields(p: usize, end: usize, m: Metadata): bool {
  while (p < end) {
    p = readField(p, end);
    if (p == 0) return false;
    if (tag != USER_FIELDS) continue;
    if (!readUserField(at, p)) return false;
    report(m);
  }
  return true;
}

/** Both names have to be text; they are required. */
function readRequest(p: usize, end: usize, m: Metadata): bool {
  while (p < end) {
    p = readField(p, end);
    if (p == 0) return false;
    if (tag != FIRST && tag != SECOND) continue;
    if (!isPlainUtf8(at, length)) return false;
    m.set(tag == FIRST ? Slot.SERVICE : Slot.METHOD, at, length);
  }
  return true;
}

// --- what `readUserField` found
export let keyAt: usize = 0;
export let keyLength: u32 = 0;
let valueAt: usize = 0;
let valueLength: u32 = 0;

/** Reads an entry of the map; a key or value that is missing is empty. */
export function readUserField(p: usize, end: usize): bool {
  keyAt = valueAt = p;
  keyLength = valueLength = 0;
  while (p < end) {
    p = readField(p, end);
    if (p == 0) return false;
    if (tag == FIRST) {
      keyAt = at;
      keyLength = length;
    } else if (tag == SECOND) {
      valueAt = at;
      valueLength = length;
    }
  }
  return true;
}

/** Values that are no text can't be routed on. */
function report(m: Metadata): void {
  if (!m.wants(keyAt, keyLength) || !isPlainUtf8(keyAt, keyLength)) return;
  const isText = isPlainUtf8(valueAt, valueLength);
  m.attachment(
    keyAt,
    keyLength,
    valueAt,
    valueLength,
    isText ? ValueType.STRING : ValueType.ENCODED,
  );
}
