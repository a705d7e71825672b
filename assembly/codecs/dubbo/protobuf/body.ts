/**
 * Bodies of Dubbo2 in Protobuf: each part is a varint length and a message. That of a string has it
 * as field 1 (StringValue), that of the attachments entries of key 1 and value 2 as field 1.
 * Source: GenericProtobufObjectOutput of github.com/apache/dubbo 2.7.
 */
import { Metadata } from "../../metadata";
import { failed, SHORT, WRONG } from "../../position";
import * as protobuf from "../../protobuf";
import { isUtf8, writeText } from "../../text";
import { addBody, Body, keep, keepResult } from "../body";
import { Result, Serialization } from "../protocol";
import { isOfUse, reportText } from "../report";
import { take, WIDE, writeWide } from "../text";

/** Fields of bytes. */
const FIRST: u32 = 0x0a;
const SECOND: u32 = 0x12;

let messageEnd: usize = 0;

/** Goes into the message behind the length at `p`. */
function enterMessage(p: usize, end: usize): usize {
  const next = protobuf.readVarint(p, end);
  if (next == 0) return end - p < WIDE ? SHORT : WRONG;
  if (protobuf.value > <u64>(end - next)) return SHORT;
  messageEnd = next + <usize>protobuf.value;
  return next;
}

class ProtobufBody extends Body {
  constructor() {
    super(0, 0, true, false, false); // it writes nothing for a null
  }

  readText(p: usize, end: usize, m: Metadata): usize {
    p = enterMessage(p, end);
    if (failed(p)) return p;
    keep(p, 0);
    while (p < messageEnd) {
      p = protobuf.readField(p, messageEnd);
      if (p == 0) return WRONG;
      if (protobuf.tag == FIRST && take(protobuf.at, protobuf.length, messageEnd) == WRONG)
        return WRONG;
    }
    return p;
  }
  /** An Int32Value. */
  readResult(p: usize, end: usize, m: Metadata): usize {
    p = enterMessage(p, end);
    let result: u32 = Result.NULL;
    if (!failed(p)) {
      if (p == messageEnd) result = Result.EXCEPTION;
      else if (protobuf.readField(p, messageEnd) != 0) result = <u32>protobuf.value;
    }
    keepResult(result);
    return end;
  }
  skip(p: usize, end: usize): usize {
    p = enterMessage(p, end);
    return failed(p) ? p : messageEnd;
  }
  readAttachments(p: usize, end: usize, m: Metadata): usize {
    p = enterMessage(p, end);
    if (failed(p)) return p;
    while (p < messageEnd) {
      p = protobuf.readField(p, messageEnd);
      if (p == 0) return WRONG;
      if (protobuf.tag == FIRST && !readEntry(protobuf.at, protobuf.at + protobuf.length, m))
        return WRONG;
    }
    return p;
  }
  writeMessage(out: usize, most: u32, p: usize, n: u32): u32 {
    const field = out + WIDE;
    const length = writeText(field + 1 + WIDE, most, p, n, false);
    writeWide(out, 1 + WIDE + length);
    store<u8>(field, FIRST);
    writeWide(field + 1, length);
    return WIDE + 1 + WIDE + length;
  }
}

addBody(Serialization.PROTOBUF, new ProtobufBody());

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
