/** Names of the numbers on the wire of Dubbo2. */

import { Slot } from "../metadata";

/** Bits of the header's third byte; the lowest five are the serialization. */
export const REQUEST: u32 = 0x80;
export const TWO_WAY: u32 = 0x40;
export const EVENT: u32 = 0x20;
export const SERIALIZATION: u32 = 0x1f;

/** How the body is serialized. Others exist (Kryo, FST, protobuf's JSON); their frames are routed by what the header tells. */
export enum Serialization {
  HESSIAN2 = 2,
  JAVA = 3,
  COMPACTED_JAVA = 4,
  FASTJSON = 6,
  NATIVE_JAVA = 7,
  /** Hessian 2 as the original library writes it. */
  NATIVE_HESSIAN = 10,
  AVRO = 11,
  PROTOSTUFF = 12,
  GSON = 16,
  PROTOBUF = 22,
  FASTJSON2 = 23,
  MESSAGEPACK = 27,
}

/** The header's fourth byte in a response. */
export enum Status {
  OK = 20,
  CLIENT_TIMEOUT = 30,
  SERVER_TIMEOUT = 31,
  CHANNEL_INACTIVE = 35,
  BAD_REQUEST = 40,
  BAD_RESPONSE = 50,
  SERVICE_NOT_FOUND = 60,
  SERVICE_ERROR = 70,
  SERVER_ERROR = 80,
  CLIENT_ERROR = 90,
  SERVER_THREADPOOL_EXHAUSTED = 100,
}

/** What the body of an OK response begins with. */
export enum Result {
  EXCEPTION = 0,
  VALUE = 1,
  NULL = 2,
  EXCEPTION_WITH_ATTACHMENTS = 3,
  VALUE_WITH_ATTACHMENTS = 4,
  NULL_WITH_ATTACHMENTS = 5,
}


@inline
export function isException(result: u32): bool {
  return result == Result.EXCEPTION || result == Result.EXCEPTION_WITH_ATTACHMENTS;
}


@inline
export function hasValue(result: u32): bool {
  return result == Result.VALUE || result == Result.VALUE_WITH_ATTACHMENTS;
}


@inline
export function hasAttachments(result: u32): bool {
  return result >= <u32>Result.EXCEPTION_WITH_ATTACHMENTS;
}

/** How many strings follow Dubbo's own version in a request. */
export const CALL_STRINGS: u32 = 4;

/** The slot of the i-th of those. */
export function callSlot(i: u32): Slot {
  if (i == 0) return Slot.SERVICE;
  if (i == 1) return Slot.VERSION;
  return i == 2 ? Slot.METHOD : Slot.PARAMETER_TYPES;
}

/** `detailMessage`, the field of a Throwable that holds its message. */
export const DETAIL_MESSAGE: usize = memory.data<u8>([
  0x64, 0x65, 0x74, 0x61, 0x69, 0x6c, 0x4d, 0x65, 0x73, 0x73, 0x61, 0x67, 0x65,
]);
export const DETAIL_MESSAGE_LENGTH: u32 = 13;

/** `group`, `true`, `false` */
const GROUP: usize = memory.data<u8>([0x67, 0x72, 0x6f, 0x75, 0x70]);
export const TRUE: usize = memory.data<u8>([0x74, 0x72, 0x75, 0x65]);
export const FALSE: usize = memory.data<u8>([0x66, 0x61, 0x6c, 0x73, 0x65]);


@inline
export function isGroup(name: usize, n: u32): bool {
  return n == 5 && memory.compare(name, GROUP, 5) == 0;
}

/**
 * How many arguments a descriptor of parameter types announces, e.g. 2 for `Ljava/lang/String;[I`.
 * @returns -1: this is no descriptor
 */
export function countParameters(p: usize, n: u32): i32 {
  const end = p + n;
  let count = 0;
  while (p < end) {
    let type = <u32>load<u8>(p++);
    while (type == 0x5b && p < end) type = load<u8>(p++); // [
    if (type == 0x4c) {
      // L…;
      do {
        if (p == end) return -1;
      } while (load<u8>(p++) != 0x3b);
    } else if (!isPrimitive(type)) {
      return -1;
    }
    count++;
  }
  return count;
}

/** V, Z, B, C, D, F, I, J or S */
function isPrimitive(type: u32): bool {
  switch (type) {
    case 0x56:
    case 0x5a:
    case 0x42:
    case 0x43:
    case 0x44:
    case 0x46:
    case 0x49:
    case 0x4a:
    case 0x53:
      return true;
    default:
      return false;
  }
}
