/**
 * The heads of unary calls in protobuf, and the map of attachments that they share with the frames
 * of streams. The first four fields, numbers all, are read by `TrpcCodec.readHead`, and may not come
 * again behind those: no protobuf writes them in another order, and what the filter took for a call's
 * id and kind has to be what the server takes for it.
 */
import { Read } from "../codec";
import { DECIMAL_SIZE, decimal } from "../decimal";
import { Metadata, Slot, ValueType } from "../metadata";
import { at, length, readField, tag, tagOf, value, Wire } from "../protobuf";
import { isPlainUtf8 } from "../utf8";
import { VERSION_SHIFT } from "./protocol";

const LAST_LEADING: u32 = 4;

const CALLEE: u32 = 6;
const FUNC: u32 = 7;
const TRANS_INFO: u32 = 9;
const RET: u32 = 4;
const FUNC_RET: u32 = 5;
const ERROR_MSG: u32 = 6;
const RESPONSE_TRANS_INFO: u32 = 8;
const KEY: u32 = 1;
const VALUE: u32 = 2;

/** Reads a RequestProtocol, from behind its leading fields on. */
export function readRequest(p: usize, end: usize, m: Metadata): Read {
  while (p < end) {
    p = readField(p, end);
    if (p == 0 || tag >> 3 <= LAST_LEADING) return Read.MALFORMED;
    if (tag == tagOf(CALLEE, Wire.BYTES)) setName(m, Slot.SERVICE);
    else if (tag == tagOf(FUNC, Wire.BYTES)) setName(m, Slot.METHOD);
    else if (tag == tagOf(TRANS_INFO, Wire.BYTES) && !readEntry(m)) return Read.MALFORMED;
  }
  const version = m.scratchBytes(DECIMAL_SIZE);
  if (version != 0) {
    m.set(Slot.VERSION, version, decimal(version, <i64>(m.replyContext >> VERSION_SHIFT)));
  }
  return areNames(m) ? Read.DONE : Read.MALFORMED;
}

/** Puts the bytes that were read last into `slot`; no bytes count as none. */
@inline
export function setName(m: Metadata, slot: Slot): void {
  m.set(slot, length == 0 ? 0 : at, length);
}

/** Can service and method be heeded? */
export function areNames(m: Metadata): bool {
  return (
    isPlainUtf8(m.at(Slot.SERVICE), m.length(Slot.SERVICE)) &&
    isPlainUtf8(m.at(Slot.METHOD), m.length(Slot.METHOD))
  );
}

/** Reads a ResponseProtocol: framework's or business's error, and the attachments. */
export function readResponse(p: usize, end: usize, m: Metadata): Read {
  m.errorMessage = p;
  while (p < end) {
    p = readField(p, end);
    if (p == 0) return Read.MALFORMED;
    if (tag == tagOf(RET, Wire.VARINT)) setRet(m, value);
    else if (tag == tagOf(FUNC_RET, Wire.VARINT)) m.isError = m.isError || <i32>value != 0;
    else if (tag == tagOf(ERROR_MSG, Wire.BYTES)) setMessage(m);
    else if (tag == tagOf(RESPONSE_TRANS_INFO, Wire.BYTES) && !readEntry(m)) return Read.MALFORMED;
  }
  return Read.DONE;
}

/** The framework's return code. */
export function setRet(m: Metadata, ret: u64): void {
  m.status = <i32>ret;
  if (m.status != 0) m.isError = true;
}

/** Takes the bytes that were read last for the error message, if they are text. */
export function setMessage(m: Metadata): void {
  m.errorMessage = at;
  m.errorMessageLength = isPlainUtf8(at, length) ? length : 0;
}

// --- the attachment that `splitEntry` read
export let keyAt: usize = 0;
export let keyLength: u32 = 0;
let valueAt: usize = 0;
let valueLength: u32 = 0;

/** Reads the entry of a map of attachments that was read last; false: it is malformed. */
export function splitEntry(): bool {
  let p = at;
  const end = p + length;
  keyAt = p;
  keyLength = 0;
  valueAt = p;
  valueLength = 0;
  while (p < end) {
    p = readField(p, end);
    if (p == 0) return false;
    if (tag == tagOf(KEY, Wire.BYTES)) {
      keyAt = at;
      keyLength = length;
    } else if (tag == tagOf(VALUE, Wire.BYTES)) {
      valueAt = at;
      valueLength = length;
    }
  }
  return true;
}

/** Reports the attachment that was read last, if it is wanted. */
export function readEntry(m: Metadata): bool {
  if (!splitEntry()) return false;
  if (!m.wants(keyAt, keyLength)) return true;
  const isText = isPlainUtf8(valueAt, valueLength);
  const type = isText ? ValueType.STRING : ValueType.ENCODED;
  m.attachment(keyAt, keyLength, valueAt, valueLength, type);
  return true;
}
