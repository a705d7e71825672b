/**
 * Frames of HTTP/2 (RFC 9113, section 4.1).
 *
 *     +-----------------------------------------------+
 *     |                 Length (24)                   |
 *     +---------------+---------------+---------------+
 *     |   Type (8)    |   Flags (8)   |
 *     +-+-------------+---------------+-------------------------------+
 *     |R|                 Stream Identifier (31)                      |
 *     +=+=============================================================+
 *     |                   Frame Payload (0...)                      ...
 *     +---------------------------------------------------------------+
 */
import { load32, store16, store32 } from "../bytes/order";
import { Bytes } from "../bytes/buffer";

export enum FrameType {
  DATA = 0,
  HEADERS = 1,
  PRIORITY = 2,
  RST_STREAM = 3,
  SETTINGS = 4,
  PUSH_PROMISE = 5,
  PING = 6,
  GOAWAY = 7,
  WINDOW_UPDATE = 8,
  CONTINUATION = 9,
}

export enum Flag {
  NONE = 0,
  /** SETTINGS and PING. */
  ACK = 1,
  /** DATA and HEADERS. */
  END_STREAM = 1,
  END_HEADERS = 4,
  PADDED = 8,
  PRIORITY = 32,
}

export enum Setting {
  HEADER_TABLE_SIZE = 1,
  ENABLE_PUSH = 2,
  MAX_CONCURRENT_STREAMS = 3,
  INITIAL_WINDOW_SIZE = 4,
  MAX_FRAME_SIZE = 5,
}

export enum ErrorCode {
  NO_ERROR = 0,
  CANCEL = 8,
}

export const FRAME_HEADER: u32 = 9;
/** Longest payload that either side sends unless the other allows more (section 4.2). */
export const DEFAULT_MAX_FRAME: u32 = 16384;
/** Longest payload that this client allows: large responses then come whole. */
export const LARGEST_FRAME: u32 = 1 << 20;
/** Initial flow-control window of connections and streams (section 6.9.2). */
export const DEFAULT_WINDOW: u32 = 65535;
export const MAX_WINDOW: u32 = 0x7fffffff;

/** Payload length of the frame whose header is at `p`. */
@inline
export function frameLength(p: usize): u32 {
  return load32(p) >> 8;
}


@inline
export function frameType(p: usize): u32 {
  return <u32>load<u8>(p, 3);
}


@inline
export function frameFlags(p: usize): u32 {
  return <u32>load<u8>(p, 4);
}


@inline
export function frameStream(p: usize): u32 {
  return load32(p + 5) & 0x7fffffff;
}


@inline
export function storeFrameHeader(p: usize, length: u32, type: u32, flags: u32, stream: u32): void {
  store32(p, (length << 8) | type);
  store<u8>(p, <u8>flags, 4);
  store32(p + 5, stream);
}

/** Appends a frame with `n` payload bytes from `p`. */
export function writeFrame(to: Bytes, type: u32, flags: u32, stream: u32, p: usize, n: u32): void {
  const at = to.reserve(FRAME_HEADER + n);
  storeFrameHeader(at, n, type, flags, stream);
  memory.copy(at + FRAME_HEADER, p, n);
  to.length += FRAME_HEADER + n;
}

/** Appends a frame whose payload is one 32-bit number: WINDOW_UPDATE, RST_STREAM. */
export function writeNumberFrame(to: Bytes, type: u32, stream: u32, value: u32): void {
  const at = to.reserve(FRAME_HEADER + 4);
  storeFrameHeader(at, 4, type, Flag.NONE, stream);
  store32(at + FRAME_HEADER, value);
  to.length += FRAME_HEADER + 4;
}

/** Appends a PING whose payload is `value` (section 6.7). */
export function writePing(to: Bytes, value: u32): void {
  const at = to.reserve(FRAME_HEADER + 8);
  storeFrameHeader(at, 8, FrameType.PING, Flag.NONE, 0);
  store32(at + FRAME_HEADER, 0);
  store32(at + FRAME_HEADER + 4, value);
  to.length += FRAME_HEADER + 8;
}

const PREFACE: usize = memory.data<u8>([
  0x50, 0x52, 0x49, 0x20, 0x2a, 0x20, 0x48, 0x54, 0x54, 0x50, 0x2f, 0x32, 0x2e, 0x30, 0x0d, 0x0a,
  0x0d, 0x0a, 0x53, 0x4d, 0x0d, 0x0a, 0x0d, 0x0a,
]); // "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
const PREFACE_LENGTH: u32 = 24;

/**
 * Appends what a client says first (section 3.4): the preface, SETTINGS without a dynamic
 * header table and without push and with this window for each stream and large frames, and the
 * largest connection window: streams do not hold each other back.
 */
export function writeClientPreface(to: Bytes, streamWindow: u32): void {
  to.append(PREFACE, PREFACE_LENGTH);
  const at = to.reserve(FRAME_HEADER + 24);
  storeFrameHeader(at, 24, FrameType.SETTINGS, Flag.NONE, 0);
  storeSetting(at + 9, Setting.HEADER_TABLE_SIZE, 0);
  storeSetting(at + 15, Setting.ENABLE_PUSH, 0);
  storeSetting(at + 21, Setting.INITIAL_WINDOW_SIZE, streamWindow);
  storeSetting(at + 27, Setting.MAX_FRAME_SIZE, LARGEST_FRAME);
  to.length += FRAME_HEADER + 24;
  writeNumberFrame(to, FrameType.WINDOW_UPDATE, 0, MAX_WINDOW - DEFAULT_WINDOW);
}

function storeSetting(p: usize, id: u32, value: u32): void {
  store16(p, id);
  store32(p + 2, value);
}
