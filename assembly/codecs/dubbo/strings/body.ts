/**
 * Bodies of Dubbo2 in serializations of which the strings at the front can be read: service,
 * version, method and parameter types, of responses the error message.
 *
 *     22 Protobuf    varint length, and a message with the string as field 1 (StringValue)
 *     11 Avro        zigzag varint length, text
 *     12 Protostuff  length in four bytes, text
 *     27 MessagePack str (a0-bf, d9, da, db), text
 *
 * What follows are objects of the application's classes; only Protobuf's can be skipped, so that
 * its attachments (a message with entries of key 1 and value 2 as field 1) are read.
 * Source: the ObjectOutput of each, github.com/apache/dubbo 2.7, dubbo-serialization.
 */
import { load16, load32, store32 } from "../../../bytes/order";
import { Depth, Metadata } from "../../metadata";
import * as protobuf from "../../protobuf";
import { isUtf8, writeText } from "../../text";
import { failed, SHORT, WRONG } from "../../position";
import {
  CALL_STRINGS,
  callSlot,
  countParameters,
  isException,
  Result,
  Serialization,
  Status,
} from "../protocol";
import { isOfUse, reportText } from "../report";

/** Field 1 of bytes. */
const FIRST: u32 = 0x0a;
const SECOND: u32 = 0x12;
/** Longest varint of a length. */
const VARINT: usize = 5;

let textAt: usize = 0;
let textLength: u32 = 0;

/** Reads the body of the request at `p` as far as it can be read. */
export function readRequest(p: usize, end: usize, m: Metadata): usize {
  p = readText(m.replyContext, p, end); // Dubbo's own version
  for (let i: u32 = 0; i < CALL_STRINGS && !failed(p); i++) {
    p = readText(m.replyContext, p, end);
    if (failed(p)) return p;
    m.set(callSlot(i), textAt, textLength);
  }
  if (failed(p) || m.depth == Depth.CALL) return p;
  if (m.replyContext != Serialization.PROTOBUF) return end;
  const count = countParameters(textAt, textLength);
  if (count < 0) return WRONG;
  for (let i = 0; i < count && !failed(p); i++) p = enterMessage(p, end, true);
  return failed(p) ? p : readAttachments(p, end, m);
}

/** Reads the body of the response at `p`, all of which is there. */
export function readResponse(p: usize, end: usize, m: Metadata): usize {
  if (m.status == Status.OK) m.isError = isException(readResult(m.replyContext, p, end));
  if (m.status != Status.OK && !failed(readText(m.replyContext, p, end))) {
    m.errorMessage = textAt;
    m.errorMessageLength = textLength;
  }
  return end;
}

/** The result tag at `p`: a byte, or Protobuf's Int32Value. */
function readResult(serialization: u32, p: usize, end: usize): u32 {
  if (serialization != Serialization.PROTOBUF) return p < end ? <u32>load<u8>(p) : Result.NULL;
  const next = enterMessage(p, end, false);
  if (failed(next) || messageLength == 0) return failed(next) ? Result.NULL : 0;
  return protobuf.readField(next, next + messageLength) == 0 ? Result.NULL : <u32>protobuf.value;
}

/** Reads the string at `p` into `textAt` and `textLength`. */
function readText(serialization: u32, p: usize, end: usize): usize {
  switch (serialization) {
    case Serialization.PROTOBUF: {
      const next = enterMessage(p, end, false);
      if (failed(next)) return next;
      return readStringValue(next, next + messageLength);
    }
    case Serialization.AVRO: {
      const next = protobuf.readVarint(p, end);
      if (next == 0) return end - p < VARINT ? SHORT : WRONG;
      return protobuf.value & 1 ? WRONG : take(next, protobuf.value >> 1, end);
    }
    case Serialization.PROTOSTUFF:
      return p + 4 > end ? SHORT : take(p + 4, load32(p), end);
    default:
      return readPacked(p, end);
  }
}

/** Takes the text of `n` bytes at `p`. */
function take(p: usize, n: u64, end: usize): usize {
  if (n > <u64>(end - p)) return SHORT;
  textAt = p;
  textLength = <u32>n;
  return isUtf8(p, textLength) ? p + textLength : WRONG;
}

/** The string at `p` in MessagePack. */
function readPacked(p: usize, end: usize): usize {
  if (p >= end) return SHORT;
  const tag = <u32>load<u8>(p++);
  if ((tag & 0xe0) == 0xa0) return take(p, tag & 0x1f, end);
  const size: usize = tag == 0xd9 ? 1 : tag == 0xda ? 2 : tag == 0xdb ? 4 : 0;
  if (size == 0) return WRONG;
  if (p + size > end) return SHORT;
  const n = size == 1 ? <u32>load<u8>(p) : size == 2 ? load16(p) : load32(p);
  return take(p + size, n, end);
}

let messageLength: u32 = 0;

/** Goes into the message behind the length at `p`, or, to `skip` it, behind its end. */
function enterMessage(p: usize, end: usize, skip: bool): usize {
  const next = protobuf.readVarint(p, end);
  if (next == 0) return end - p < VARINT ? SHORT : WRONG;
  if (protobuf.value > <u64>(end - next)) return SHORT;
  messageLength = <u32>protobuf.value;
  return skip ? next + messageLength : next;
}

/** The text of the StringValue from `p` to `end`. */
function readStringValue(p: usize, end: usize): usize {
  textAt = p;
  textLength = 0;
  while (p < end) {
    p = protobuf.readField(p, end);
    if (p == 0) return WRONG;
    if (protobuf.tag == FIRST && take(protobuf.at, protobuf.length, end) == WRONG) return WRONG;
  }
  return end;
}

/** Reads the message at `p` that is a map of strings. */
function readAttachments(p: usize, end: usize, m: Metadata): usize {
  p = enterMessage(p, end, false);
  if (failed(p)) return p;
  const stop = p + messageLength;
  while (p < stop) {
    p = protobuf.readField(p, stop);
    if (p == 0) return WRONG;
    if (protobuf.tag == FIRST && !readEntry(protobuf.at, protobuf.at + protobuf.length, m))
      return WRONG;
  }
  return stop;
}

function readEntry(p: usize, end: usize, m: Metadata): bool {
  let name = p;
  let n: u32 = 0;
  let value = p;
  let length: u32 = 0;
  while (p < end) {
    p = protobuf.readField(p, end);
    if (p == 0) return false;
    if (protobuf.tag == FIRST) {
      name = protobuf.at;
      n = protobuf.length;
    } else if (protobuf.tag == SECOND) {
      value = protobuf.at;
      length = protobuf.length;
    }
  }
  if (!isUtf8(name, n) || !isUtf8(value, length)) return false;
  return !isOfUse(m, name, n) || reportText(m, name, n, value, length);
}

/** Writes `n` bytes of UTF-8 as a string of at most `most` bytes; returns bytes written. */
export function writeMessage(serialization: u32, out: usize, most: u32, p: usize, n: u32): u32 {
  // Lengths are written as wide as they can be, so that the text need not be moved.
  const text = out + AROUND;
  const length = writeText(text, most, p, n, false);
  let at = text;
  if (serialization == Serialization.PROTOBUF) {
    at -= VARINT;
    writeWide(at, length);
    store<u8>(--at, FIRST);
    at -= VARINT;
    writeWide(at, length + 1 + <u32>VARINT);
  } else if (serialization == Serialization.AVRO) {
    at -= VARINT;
    writeWide(at, length << 1);
  } else {
    at -= 4;
    store32(at, length);
    if (serialization == Serialization.MESSAGEPACK) store<u8>(--at, 0xdb);
  }
  const all = <u32>(text + length - at);
  memory.copy(out, at, all);
  return all;
}

/** Most bytes before a text. */
const AROUND: usize = 2 * VARINT + 1;

/** Writes a varint of five bytes. */
function writeWide(out: usize, value: u32): void {
  for (let i: u32 = 0; i < 4; i++) store<u8>(out + i, <u8>(((value >> (7 * i)) & 0x7f) | 0x80));
  store<u8>(out + 4, <u8>(value >> 28));
}
