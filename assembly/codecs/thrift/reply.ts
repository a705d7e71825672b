/** What servers answer when a call fails, read, and written on their behalf. */
import { load16, load32, store16, store32 } from "../../bytes/order";
import { failed, SHORT } from "../position";
import { Metadata, Slot } from "../metadata";
import { writeText } from "../text";
import { isPlainUtf8 } from "../utf8";
import { writeVarint } from "../varint";
import * as binary from "./binary";
import * as compact from "./compact";
import { LENGTH, Transport } from "./frame";
import { FIXED } from "./header";
import { AROUND, MessageType, Protocol, type as messageType, writeException } from "./message";
import { LONGEST_NAME, nameAt, nameLength } from "./names";
import { skipField } from "./skip";
import { readVarint, varint } from "./varint";

/** Status of a response, as the filter counts it: no field has it as a number. */
export enum Status {
  OK = 0,
  /** One of the exceptions that the method declares: a REPLY with another field than 0. */
  DECLARED_EXCEPTION = 1,
  /** TApplicationException: the message is an EXCEPTION. */
  APPLICATION_EXCEPTION = 2,
}

/** `type` of a TApplicationException. */
enum Failure {
  UNKNOWN_METHOD = 1,
  INTERNAL_ERROR = 6,
  PROTOCOL_ERROR = 7,
}

/**
 * The nearest type to an HTTP status. Thrift has no words for a timeout, a limit, a refusal or a
 * server that can't be reached: for clients they are errors inside the server.
 */
function failureOf(http: u32): Failure {
  if (http == 404) return Failure.UNKNOWN_METHOD;
  return http == 400 ? Failure.PROTOCOL_ERROR : Failure.INTERNAL_ERROR;
}

// --- reading

// The field that `readField` read last; STOP: there are no more.
let fieldType: u32 = 0;
let fieldId: i32 = 0;

/** Reads type and id of the field at `p`, which follows `fieldId`; returns where its value begins. */
function readField(isCompact: bool, p: usize, end: usize): usize {
  if (p >= end) return SHORT;
  fieldType = load<u8>(p++);
  if (!isCompact) {
    if (fieldType == binary.Type.STOP) return p;
    if (end - p < 2) return SHORT;
    fieldId = <i16>load16(p);
    return p + 2;
  }
  const delta = fieldType >> 4;
  fieldType &= 0x0f;
  if (fieldType == compact.Type.STOP) return p;
  fieldId += delta;
  if (delta > 0) return p;
  p = readVarint(p, end);
  fieldId = (varint >> 1) ^ -(varint & 1);
  return p;
}

/** Reads the status of a REPLY or EXCEPTION whose struct is at `p`; returns an address in it. */
export function readStatus(m: Metadata, isCompact: bool, p: usize, end: usize): usize {
  m.status = Status.APPLICATION_EXCEPTION;
  if (messageType == MessageType.EXCEPTION) return p;
  fieldId = 0;
  p = readField(isCompact, p, end);
  if (failed(p)) return p;
  const isResult = fieldType == binary.Type.STOP || fieldId == 0;
  m.status = isResult ? Status.OK : Status.DECLARED_EXCEPTION;
  return p;
}

/** Reads the message of the exception in the struct at `p`: its first field that is a string. */
export function readError(m: Metadata, isCompact: bool, p: usize, end: usize): usize {
  const structType: u32 = isCompact ? compact.Type.STRUCT : binary.Type.STRUCT;
  const textType: u32 = isCompact ? compact.Type.BINARY : binary.Type.STRING;
  if (m.status == Status.DECLARED_EXCEPTION) {
    fieldId = 0;
    p = readField(isCompact, p, end);
    if (failed(p) || fieldType != structType) return p;
  }
  fieldId = 0;
  for (;;) {
    p = readField(isCompact, p, end);
    if (failed(p) || fieldType == 0) return p;
    const value = p;
    p = skipField(isCompact, p, end, fieldType);
    if (failed(p)) return p;
    if (fieldType != textType) continue;
    if (isCompact) m.errorMessage = readVarint(value, end);
    else m.errorMessage = value + 4;
    m.errorMessageLength = isCompact ? varint : load32(value);
    if (!isPlainUtf8(m.errorMessage, m.errorMessageLength)) m.errorMessage = 0;
    return p;
  }
}

// --- writing

/** Longest message of an error reply, in bytes; what exceeds it is cut off. */
const MOST: u32 = 32768;
/** A header with nothing but the protocol, and a TApplicationException without its message. */
const HEADER: u32 = FIXED + 4;
const EXCEPTION: u32 = 15;

export function replyLimit(n: u32): u32 {
  return HEADER + AROUND + LONGEST_NAME + EXCEPTION + min(n, MOST);
}

/** What is remembered of a request: how to answer it, and the name that `keepName` kept. */
export function contextOf(transport: Transport, protocol: Protocol, name: u32): u32 {
  return transport | (protocol << 2) | (name << 4);
}

/** Writes a TApplicationException for a request with this context; returns how many bytes. */
export function writeReply(
  out: usize,
  id: u32,
  context: u32,
  http: u32,
  message: usize,
  n: u32,
): u32 {
  const transport: Transport = context & 3;
  const protocol: Protocol = (context >> 2) & 3;
  const name = context >> 4;
  const isCompact = protocol == Protocol.COMPACT;
  let p = out;
  if (transport == Transport.FRAMED) p += LENGTH;
  else if (transport == Transport.HEADER) p = writeHeader(out, isCompact, id);
  p = writeException(p, protocol, id, nameAt(name), nameLength(name));
  p = isCompact ? writeCompact(p, http, message, n) : writeBinary(p, http, message, n);
  if (transport != Transport.UNFRAMED) store32(out, <u32>(p - out) - LENGTH);
  return <u32>(p - out);
}

/** Writes a THeader but for the frame's length; returns the address behind it. */
function writeHeader(out: usize, isCompact: bool, id: u32): usize {
  store32(out + 4, 0x0fff0000);
  store32(out + 8, id);
  store16(out + 12, 1);
  store32(out + FIXED, isCompact ? 0x02000000 : 0);
  return out + HEADER;
}

/** Field 1, the message; field 2, the type. */
function writeBinary(p: usize, http: u32, message: usize, n: u32): usize {
  store<u8>(p, <u8>binary.Type.STRING);
  store16(p + 1, 1);
  const length = writeText(p + 7, MOST, message, n, false);
  store32(p + 3, length);
  p += 7 + length;
  store<u8>(p, <u8>binary.Type.I32);
  store16(p + 1, 2);
  store32(p + 3, failureOf(http));
  store<u8>(p + 7, <u8>binary.Type.STOP);
  return p + 8;
}

function writeCompact(p: usize, http: u32, message: usize, n: u32): usize {
  store<u8>(p, (1 << 4) | (<u8>compact.Type.BINARY));
  const room = p + 6; // behind the longest length
  const length = writeText(room, MOST, message, n, false);
  p = writeVarint(p + 1, length);
  memory.copy(p, room, length);
  p += length;
  store<u8>(p, (1 << 4) | (<u8>compact.Type.I32));
  store<u8>(p + 1, <u8>(failureOf(http) << 1)); // zigzag
  store<u8>(p + 2, <u8>compact.Type.STOP);
  return p + 3;
}

/** Reports the name in a response as its method. */
export function setMethod(m: Metadata, name: usize, n: u32): void {
  if (isPlainUtf8(name, n)) m.set(Slot.METHOD, name, n);
}
