/**
 * Bodies of Dubbo2 in Java's own serialization, as far as they are data: service, version, method,
 * parameter types, result tag and error message. Arguments and attachments are object graphs that
 * need the classes of the application to tell where they end; they are left alone.
 *
 * Source: "Java Object Serialization Specification", 6 (stream magic, TC_BLOCKDATA), and
 * JavaObjectOutput of github.com/apache/dubbo: a string is its length in characters (four bytes,
 * -1 for null; not in NativeJavaObjectOutput) and what DataOutput.writeUTF writes.
 */
import { load16, load32 } from "../../../bytes/order";
import { Metadata } from "../../metadata";
import { clearIrregular, irregular, isUtf8, regular } from "../../text";
import { failed, SHORT, WRONG } from "../../position";
import { CALL_STRINGS, callSlot, isException, Result, Serialization, Status } from "../protocol";

const STREAM: u32 = 0xaced0005;
const BLOCK: u32 = 0x77;
const LONG_BLOCK: u32 = 0x7a;

/** The end of the block of data that is read now. */
let blockEnd: usize = 0;

/** Goes behind the stream's magic. */
function begin(p: usize, end: usize): usize {
  blockEnd = 0;
  if (p + 4 > end) return SHORT;
  if (load32(p) != STREAM) return WRONG;
  blockEnd = p + 4;
  return p + 4;
}

/** Goes into the block at `p`. */
function enterBlock(p: usize, end: usize): usize {
  if (p >= end) return SHORT;
  const tag = <u32>load<u8>(p);
  if (tag != BLOCK && tag != LONG_BLOCK) return WRONG;
  const head: usize = tag == BLOCK ? 2 : 5;
  if (p + head > end) return SHORT;
  const length = tag == BLOCK ? <u32>load<u8>(p + 1) : load32(p + 1);
  if (length > 0x7fffffff) return WRONG;
  blockEnd = p + head + length;
  return p + head;
}

/** Where the data lie that were read last. */
let dataAt: usize = 0;

/** Reads `n` bytes of data at `p`; what lies in several blocks is put together in the scratch. */
function readData(p: usize, end: usize, n: u32, m: Metadata): usize {
  if (p == blockEnd && n > 0) p = enterBlock(p, end);
  if (failed(p)) return p;
  dataAt = p;
  if (n <= <u32>(blockEnd - p)) return p + n > end ? SHORT : p + n;
  dataAt = m.scratchBytes(n);
  if (dataAt == 0) return WRONG;
  for (let done: u32 = 0; done < n;) {
    if (p == blockEnd) p = enterBlock(p, end);
    if (failed(p)) return p;
    const part = min(n - done, <u32>(blockEnd - p));
    if (p + part > end) return SHORT;
    memory.copy(dataAt + done, p, part);
    done += part;
    p += part;
  }
  return p;
}

/** The string that was read last, as UTF-8; address 0 for null. */
let textAt: usize = 0;
let textLength: u32 = 0;

/** Reads the string at `p`. */
function readText(p: usize, end: usize, m: Metadata): usize {
  textAt = 0;
  textLength = 0;
  if (m.replyContext != Serialization.NATIVE_JAVA) {
    p = readData(p, end, 4, m);
    if (failed(p) || <i32>load32(dataAt) < 0) return p;
  }
  p = readData(p, end, 2, m);
  if (failed(p)) return p;
  const n = load16(dataAt);
  p = readData(p, end, n, m);
  if (failed(p)) return p;
  textAt = dataAt;
  textLength = n;
  clearIrregular();
  if (!isUtf8(textAt, n)) return WRONG;
  return !irregular || makeRegular(m) ? p : WRONG;
}

function makeRegular(m: Metadata): bool {
  const out = m.scratchBytes(textLength);
  if (out == 0) return false;
  memory.copy(out, textAt, textLength);
  textAt = out;
  textLength = regular(out, textLength);
  return true;
}

function readSlot(p: usize, end: usize, slot: u32, m: Metadata): usize {
  p = readText(p, end, m);
  if (!failed(p)) m.set(slot, textAt, textLength);
  return p;
}

/** Reads the body of the request at `p` up to its arguments. */
export function readRequest(p: usize, end: usize, m: Metadata): usize {
  p = begin(p, end);
  if (failed(p)) return p;
  p = readText(p, end, m); // Dubbo's own version
  if (failed(p)) return p;
  for (let i: u32 = 0; i < CALL_STRINGS && !failed(p); i++) {
    p = readSlot(p, end, callSlot(i), m);
  }
  return p;
}

/** Reads the body of the response at `p`, all of which is there. */
export function readResponse(p: usize, end: usize, m: Metadata): usize {
  p = begin(p, end);
  if (m.status != Status.OK) {
    if (!failed(p) && !failed(readText(p, end, m))) {
      m.errorMessage = textAt;
      m.errorMessageLength = textLength;
    }
    return end;
  }
  if (failed(p)) return p;
  p = readData(p, end, 1, m);
  if (failed(p)) return p;
  const result = <u32>load<u8>(dataAt);
  if (result > <u32>Result.NULL_WITH_ATTACHMENTS) return WRONG;
  m.isError = isException(result);
  return end;
}
