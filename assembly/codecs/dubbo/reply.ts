/** What the filter itself says to Dubbo clients, in the serialization of their request. */
import { store16, store32 } from "../../bytes/order";
import { unitsWritten, writeText } from "../text";
import { writeJsonLine } from "./json/write";
import { Serialization, Status } from "./protocol";
import * as strings from "./strings/body";

/** Longest text of an error message, in bytes as sent; what exceeds it is cut off. */
const MOST: u32 = 32768;
/** Most bytes before the text, or of a null. */
const AROUND: u32 = 64;

/** Most bytes that `writeMessage` writes for `n` bytes of UTF-8, and `writeNull` with n = 0. */
export function messageLimit(n: u32): u32 {
  return AROUND + <u32>min<u64>((<u64>n * 3) / 2, MOST);
}

/** Dubbo's nearest status to an HTTP status. */
export function statusOf(http: u32): Status {
  switch (http) {
    case 400:
      return Status.BAD_REQUEST;
    case 403:
      return Status.SERVICE_ERROR;
    case 404:
      return Status.SERVICE_NOT_FOUND;
    case 408:
    case 504:
      return Status.SERVER_TIMEOUT;
    case 429:
      return Status.SERVER_THREADPOOL_EXHAUSTED;
    default:
      return Status.SERVER_ERROR;
  }
}

/** Magic and version of a Java object stream, before everything else. */
const JAVA_STREAM: u32 = 0xaced0005;
/** A block of data in a Java object stream; the long one has its length in four bytes. */
const JAVA_BLOCK: u32 = 0x77;
const JAVA_LONG_BLOCK: u32 = 0x7a;

/** Writes `n` bytes of UTF-8 as a string; nothing in a serialization that is not known. */
export function writeMessage(serialization: u32, out: usize, p: usize, n: u32): u32 {
  switch (serialization) {
    case Serialization.HESSIAN2:
    case Serialization.NATIVE_HESSIAN: {
      const length = writeText(out + 3, MOST, p, n, true);
      store<u8>(out, 0x53); // S
      store16(out + 1, unitsWritten);
      return 3 + length;
    }
    case Serialization.FASTJSON2: {
      // The length of the value, then the value: a string of UTF-8 with a length of four bytes.
      const length = writeText(out + 10, MOST, p, n, false);
      store32(out, 6 + length);
      store<u8>(out + 4, 0x7a);
      store<u8>(out + 5, 0x48);
      store32(out + 6, length);
      return 10 + length;
    }
    case Serialization.FASTJSON:
    case Serialization.GSON:
      return writeJsonLine(out, MOST, p, n);
    case Serialization.PROTOBUF:
    case Serialization.AVRO:
    case Serialization.PROTOSTUFF:
    case Serialization.MESSAGEPACK:
      return strings.writeMessage(serialization, out, MOST, p, n);
    case Serialization.JAVA:
    case Serialization.COMPACTED_JAVA: {
      const length = writeText(out + 15, MOST, p, n, true);
      writeJavaBlock(out, 6 + length);
      store32(out + 9, unitsWritten);
      store16(out + 13, length);
      return 15 + length;
    }
    case Serialization.NATIVE_JAVA: {
      const length = writeText(out + 11, MOST, p, n, true);
      writeJavaBlock(out, 2 + length);
      store16(out + 9, length);
      return 11 + length;
    }
    default:
      return 0;
  }
}

/** Begins a Java object stream of one block of `n` bytes, which lie at out + 9. */
function writeJavaBlock(out: usize, n: u32): void {
  store32(out, JAVA_STREAM);
  store<u8>(out + 4, JAVA_LONG_BLOCK);
  store32(out + 5, n);
}

/** What Protostuff's serialization wraps nothing in: lengths of a class's name and of no data. */
const WRAPPER = "\0\0\x004\0\0\0\0org.apache.dubbo.common.serialize.protostuff.Wrapper";
const PROTOSTUFF_NULL: usize = changetype<usize>(String.UTF8.encode(WRAPPER));
const PROTOSTUFF_NULL_LENGTH: u32 = 60;

/** Writes a null as an event's body; nothing in a serialization that is not known. */
export function writeNull(serialization: u32, out: usize): u32 {
  switch (serialization) {
    case Serialization.HESSIAN2:
    case Serialization.NATIVE_HESSIAN:
      store<u8>(out, 0x4e); // N
      return 1;
    case Serialization.MESSAGEPACK:
      store<u8>(out, 0xc0);
      return 1;
    case Serialization.FASTJSON:
    case Serialization.GSON:
      store<u32>(out, 0x6c6c756e); // null
      store<u8>(out + 4, 0x0a);
      return 5;
    case Serialization.PROTOSTUFF:
      memory.copy(out, PROTOSTUFF_NULL, PROTOSTUFF_NULL_LENGTH);
      return PROTOSTUFF_NULL_LENGTH;
    case Serialization.FASTJSON2:
      store32(out, 1);
      store<u8>(out + 4, 0xaf);
      return 5;
    case Serialization.JAVA:
    case Serialization.COMPACTED_JAVA:
      store32(out, JAVA_STREAM);
      store<u8>(out + 4, JAVA_BLOCK);
      store16(out + 5, 0x0100); // one byte: no object follows
      return 7;
    case Serialization.NATIVE_JAVA:
      store32(out, JAVA_STREAM);
      store<u8>(out + 4, 0x70); // TC_NULL
      return 5;
    default:
      return 0;
  }
}

const aNull: usize = memory.data(64);

/** Is the event's body of `n` bytes at `p` a null, or nothing at all? */
export function isNull(serialization: u32, p: usize, n: u32): bool {
  return n == 0 || (n == writeNull(serialization, aNull) && memory.compare(p, aNull, n) == 0);
}

/** Can the body of an event be read in this serialization? Those two write nothing for a null. */
export function isKnown(serialization: u32): bool {
  if (serialization == Serialization.PROTOBUF || serialization == Serialization.AVRO) return true;
  return writeNull(serialization, aNull) > 0;
}
