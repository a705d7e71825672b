/**
 * Bodies of Dubbo2 in Java's own serialization, as far as they are data: service, version, method,
 * parameter types, result tag and error message. Arguments and attachments are object graphs that
 * need the classes of the application to tell where they end; they are left alone.
 *
 * Source: "Java Object Serialization Specification", 6 (stream magic, TC_BLOCKDATA), and
 * JavaObjectOutput of github.com/apache/dubbo: a string is its length in characters (four bytes,
 * -1 for null; not in NativeJavaObjectOutput) and what DataOutput.writeUTF writes.
 */
import { load16, load32, store16, store32 } from "../../../bytes/order";
import { Metadata } from "../../metadata";
import { clearIrregular, irregular, isUtf8, regular, unitsWritten, writeText } from "../../text";
import { failed, SHORT, WRONG } from "../../position";
import { addBody, Body, keep, keepResult, textAt, textLength } from "../body";
import { Result, Serialization } from "../protocol";

const STREAM: u32 = 0xaced0005;
const BLOCK: u32 = 0x77;
const LONG_BLOCK: u32 = 0x7a;

/** The end of the block of data that is read now. */
let blockEnd: usize = 0;

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

/** The head of a block is written at its longest. */
const BLOCK_HEAD: usize = 9;
/** A stream with a block of a byte (no object follows), and one with TC_NULL. */
const NULL: usize = memory.data<u8>([0xac, 0xed, 0, 5, 0x77, 1, 0]);
const NATIVE_NULL: usize = memory.data<u8>([0xac, 0xed, 0, 5, 0x70]);

class JavaBody extends Body {
  constructor(
    nullAt: usize,
    nullLength: u32,
    /** Bytes of a string's length in characters. */
    private counted: u32,
  ) {
    super(nullAt, nullLength, false);
  }

  /** Goes behind the stream's magic. */
  begin(p: usize, end: usize): usize {
    blockEnd = 0;
    if (p + 4 > end) return SHORT;
    if (load32(p) != STREAM) return WRONG;
    blockEnd = p + 4;
    return p + 4;
  }
  readText(p: usize, end: usize, m: Metadata): usize {
    keep(0, 0);
    if (this.counted > 0) {
      p = readData(p, end, this.counted, m);
      if (failed(p) || <i32>load32(dataAt) < 0) return p;
    }
    p = readData(p, end, 2, m);
    if (failed(p)) return p;
    const n = load16(dataAt);
    p = readData(p, end, n, m);
    if (failed(p)) return p;
    keep(dataAt, n);
    clearIrregular();
    if (!isUtf8(dataAt, n)) return WRONG;
    return !irregular || makeRegular(m) ? p : WRONG;
  }
  readResult(p: usize, end: usize, m: Metadata): usize {
    p = readData(p, end, 1, m);
    if (failed(p)) return p;
    const result = <u32>load<u8>(dataAt);
    keepResult(result);
    return result > <u32>Result.NULL_WITH_ATTACHMENTS ? WRONG : p;
  }
  writeMessage(out: usize, most: u32, p: usize, n: u32): u32 {
    const text = out + BLOCK_HEAD + this.counted + 2;
    const length = writeText(text, most, p, n, true);
    store32(out, STREAM);
    store<u8>(out + 4, LONG_BLOCK);
    store32(out + 5, this.counted + 2 + length);
    if (this.counted > 0) store32(out + BLOCK_HEAD, unitsWritten);
    store16(text - 2, length);
    return <u32>(text - out) + length;
  }
}

const body = new JavaBody(NULL, 7, 4);
addBody(Serialization.JAVA, body);
addBody(Serialization.COMPACTED_JAVA, body);
addBody(Serialization.NATIVE_JAVA, new JavaBody(NATIVE_NULL, 5, 0));

function makeRegular(m: Metadata): bool {
  const out = m.scratchBytes(textLength);
  if (out == 0) return false;
  memory.copy(out, textAt, textLength);
  keep(out, regular(out, textLength));
  return true;
}
