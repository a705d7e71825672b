/** Names of the numbers on the wire of tRPC. */
import { load16, load32, store16, store32 } from "../../bytes/order";

/** Bytes of the fixed header. */
export const HEADER: u32 = 16;
export const MAGIC: u32 = 0x0930;
/** Most bytes of the protobuf header. */
export const LONGEST_HEAD: u32 = 0xffff;

/** The third byte. */
export enum FrameType {
  UNARY = 0,
  STREAM = 1,
}

/** The fourth byte, of a frame of a stream. */
export enum StreamType {
  INIT = 1,
  DATA = 2,
  FEEDBACK = 3,
  CLOSE = 4,
}

/** RequestProtocol.call_type */
export const ONEWAY: u32 = 1;
/** TrpcStreamCloseMeta.close_type: both directions, because of an error. */
export const RESET: u32 = 1;

/** TrpcRetCode, as far as the filter says them. */
export enum Ret {
  SERVER_DECODE = 1,
  SERVER_NOSERVICE = 11,
  SERVER_TIMEOUT = 21,
  SERVER_LIMITED = 23,
  SERVER_SYSTEM = 31,
  SERVER_AUTH = 41,
  CLIENT_CONNECT = 111,
  STREAM_SERVER_NETWORK = 201,
}

/** Bits of a reply context above the version, which is the fixed header's fifteenth byte. */
export const SAME_IDS: u32 = 0x100;
export const OF_STREAM: u32 = 0x200;
/** Above them, the head's version. */
export const VERSION_SHIFT: u32 = 16;
export const LAST_VERSION: u32 = 0x7fff;


@inline
export function frameLength(p: usize): u32 {
  return load32(p + 4);
}


@inline
export function headLength(p: usize): u32 {
  return load16(p + 8);
}


@inline
export function streamId(p: usize): u32 {
  return load32(p + 10);
}

/** Sets the lengths in the fixed header of the frame at `p`, of `head` bytes of protobuf. */
export function setLengths(p: usize, length: u32, head: u32): void {
  store32(p + 4, length);
  store16(p + 8, head);
}

/** Writes a fixed header without lengths. */
export function writeHeader(p: usize, type: u32, streamType: u32, id: u32, version: u32): void {
  store16(p, MAGIC);
  store16(p + 2, (type << 8) | streamType);
  store32(p + 10, id);
  store16(p + 14, version << 8);
}
