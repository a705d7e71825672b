/** Frames of streams: their metadata, in protobuf, are their payload. */
import { Read } from "../codec";
import { Kind, Metadata, Part, Slot } from "../metadata";
import { at, length, readField, tag, tagOf, value, Wire } from "../protobuf";
import { areNames, readEntry, setMessage, setName, setRet } from "./head";
import { frameLength, HEADER, OF_STREAM, RESET, streamId, StreamType } from "./protocol";

// TrpcStreamInitMeta
export const REQUEST_META: u32 = 1;
const RESPONSE_META: u32 = 2;
// TrpcStreamInitRequestMeta
const CALLEE: u32 = 2;
const FUNC: u32 = 3;
/** Of a TrpcStreamCloseMeta, too. */
export const TRANS_INFO: u32 = 5;
// TrpcStreamInitResponseMeta
const INIT_RET: u32 = 1;
const INIT_MESSAGE: u32 = 2;
// TrpcStreamCloseMeta
export const CLOSE_TYPE: u32 = 1;
export const CLOSE_RET: u32 = 2;
export const CLOSE_MESSAGE: u32 = 3;
const CLOSE_FUNC_RET: u32 = 6;

/** Reads the head of the frame at `p`. */
export function readPart(p: usize, n: u32, m: Metadata): Read {
  m.kind = Kind.STREAM;
  m.streamId = streamId(p);
  m.requestId = m.streamId;
  m.replyContext = OF_STREAM;
  m.holeAt = p + 10; // the stream's id
  m.holeEnd = p + 14;
  const type = <u32>load<u8>(p, 3);
  if (type == StreamType.INIT && !m.fromServer) m.part = Part.BEGINS;
  if (m.part != Part.NONE || (type != StreamType.INIT && type != StreamType.CLOSE))
    return Read.DONE;
  const end = p + frameLength(p);
  if (end > p + n) return Read.INCOMPLETE;
  const isClose = type == StreamType.CLOSE;
  if (!(isClose ? readClose(p + HEADER, end, m, false) : readAccept(p + HEADER, end, m))) {
    m.errorMessage = 0; // it would tell why
    return Read.MALFORMED;
  }
  if (m.status != 0 || (isClose && (m.fromServer || closeType == RESET))) m.part = Part.ABORTS;
  else if (isClose) m.part = Part.ENDS;
  return Read.DONE;
}

/** Reads what a frame that begins no stream tells of errors and attachments, if anything. */
export function readMeta(p: usize, n: u32, m: Metadata): Read {
  const type = <u32>load<u8>(p, 3);
  if (type != StreamType.INIT && type != StreamType.CLOSE) return Read.DONE;
  const end = p + n;
  p += HEADER;
  m.errorMessage = p;
  const isFine = type == StreamType.INIT ? readAccept(p, end, m) : readClose(p, end, m, true);
  return isFine ? Read.DONE : Read.MALFORMED;
}

/** Reads the TrpcStreamInitMeta by which a client begins a stream. */
export function readInit(p: usize, end: usize, m: Metadata): Read {
  while (p < end) {
    p = readField(p, end);
    if (p == 0) return Read.MALFORMED;
    if (tag == tagOf(REQUEST_META, Wire.BYTES) && !readRequestMeta(at, at + length, m)) {
      return Read.MALFORMED;
    }
  }
  return areNames(m) ? Read.DONE : Read.MALFORMED;
}

function readRequestMeta(p: usize, end: usize, m: Metadata): bool {
  while (p < end) {
    p = readField(p, end);
    if (p == 0) return false;
    if (tag == tagOf(CALLEE, Wire.BYTES)) setName(m, Slot.SERVICE);
    else if (tag == tagOf(FUNC, Wire.BYTES)) setName(m, Slot.METHOD);
    else if (tag == tagOf(TRANS_INFO, Wire.BYTES) && !readEntry(m)) return false;
  }
  return true;
}

/** Reads the TrpcStreamInitMeta by which a server accepts a stream, or does not. */
function readAccept(p: usize, end: usize, m: Metadata): bool {
  while (p < end) {
    p = readField(p, end);
    if (p == 0) return false;
    if (tag != tagOf(RESPONSE_META, Wire.BYTES)) continue;
    let inner = at;
    const innerEnd = at + length;
    while (inner < innerEnd) {
      inner = readField(inner, innerEnd);
      if (inner == 0) return false;
      if (tag == tagOf(INIT_RET, Wire.VARINT)) setRet(m, value);
      else if (tag == tagOf(INIT_MESSAGE, Wire.BYTES)) setMessage(m);
    }
  }
  return true;
}

/** Of the TrpcStreamCloseMeta that was read last. */
let closeType: u32 = 0;

/** Reads a TrpcStreamCloseMeta; its attachments only if they are asked for. */
function readClose(p: usize, end: usize, m: Metadata, attachments: bool): bool {
  closeType = 0;
  while (p < end) {
    p = readField(p, end);
    if (p == 0) return false;
    if (tag == tagOf(CLOSE_TYPE, Wire.VARINT)) closeType = <u32>value;
    else if (tag == tagOf(CLOSE_RET, Wire.VARINT)) setRet(m, value);
    else if (tag == tagOf(CLOSE_FUNC_RET, Wire.VARINT)) m.isError = m.isError || <i32>value != 0;
    else if (tag == tagOf(CLOSE_MESSAGE, Wire.BYTES)) setMessage(m);
    else if (attachments && tag == tagOf(TRANS_INFO, Wire.BYTES) && !readEntry(m)) return false;
  }
  if (closeType == RESET) m.isError = true;
  return true;
}
