/** The HEADERS that open a lane: what Envoy's routes, RBAC and access logs see of a request. */
import { Bytes } from "../../bytes/buffer";
import { Metadata, Slot } from "../../codecs/metadata";
import { FRAME_HEADER, Flag, FrameType, storeFrameHeader, writeFrame } from "../../http2/frame";
import { Static, writeIndexed, writeLiteral, writeNamed } from "../../http2/hpack";
import { DECIMAL_SIZE, decimal } from "../../codecs/decimal";
import { propertyAt, propertyLength, readProperty } from "../../host/stream";
import { RouteKeys } from "../keys";
import { RANDOM_HEADER } from "./shares";

/** Envoy's attribute `destination.address`: `ip:port`. */
const DESTINATION = String.UTF8.encode("destination\0address");

const block = new Bytes();
const value = new Bytes();

/**
 * Appends HEADERS (and CONTINUATION where one frame is too small) for stream `stream`.
 * @param random what Envoy looks up in the weights of the route
 */
export function writeRequestHeaders(
  to: Bytes,
  stream: u32,
  random: u64,
  m: Metadata,
  keys: RouteKeys,
  authority: ArrayBuffer | null,
  maxFrame: u32,
): void {
  block.clear();
  writeIndexed(block, Static.METHOD_POST);
  writeIndexed(block, Static.SCHEME_HTTP);
  value.clear();
  writePath(m, keys);
  writeNamed(block, Static.PATH, value.at, <u32>value.length);
  writeAuthority(authority);
  for (let i = 0; i < keys.slots.length; i++) {
    const slot = keys.slots[i];
    if (m.at(slot) == 0) continue;
    value.clear();
    writeHeaderValue(m.at(slot), m.length(slot));
    const name = keys.headers[i];
    const n = <u32>value.length;
    writeLiteral(block, changetype<usize>(name), name.byteLength, value.at, n);
  }
  value.clear();
  value.length = decimal(value.reserve(DECIMAL_SIZE), <i64>random);
  const name = changetype<usize>(RANDOM_HEADER);
  writeLiteral(block, name, RANDOM_HEADER.byteLength, value.at, <u32>value.length);
  writeBlock(to, stream, maxFrame);
}

/** The given name; else the address to which the client connected, before any redirection. */
function writeAuthority(authority: ArrayBuffer | null): void {
  if (authority !== null)
    writeNamed(block, Static.AUTHORITY, changetype<usize>(authority), authority.byteLength);
  else if (readProperty(DESTINATION))
    writeNamed(block, Static.AUTHORITY, propertyAt, propertyLength);
}

function writeBlock(to: Bytes, stream: u32, maxFrame: u32): void {
  let at = block.at;
  let left = <u32>block.length;
  let type: u32 = FrameType.HEADERS;
  while (left > maxFrame) {
    writeFrame(to, type, Flag.NONE, stream, at, maxFrame);
    at += maxFrame;
    left -= maxFrame;
    type = FrameType.CONTINUATION;
  }
  writeFrame(to, type, Flag.END_HEADERS, stream, at, left);
}

/**
 * A header's value: control characters, which HTTP/2 forbids, and spaces at the ends, which
 * it would drop, as %XX; all else unchanged, so that ordinary values match as they are.
 */
function writeHeaderValue(p: usize, n: u32): void {
  value.reserve(n * 3);
  for (let i: u32 = 0; i < n; i++) {
    const c = <u32>load<u8>(p + i);
    if (c < 0x20 || c == 0x7f || (c == 0x20 && (i == 0 || i == n - 1))) writeEscape(c);
    else writeByte(c);
  }
}

/** `/service/method`; a method that is a path itself, as those of tRPC are, stands alone. */
function writePath(m: Metadata, keys: RouteKeys): void {
  const p = keys.method ? m.at(Slot.METHOD) : 0;
  const n = m.length(Slot.METHOD);
  if (p != 0 && n > 0 && load<u8>(p) == 0x2f) {
    writePathSegment(p + 1, n - 1, true);
    return;
  }
  writePathSegment(keys.service ? m.at(Slot.SERVICE) : 0, m.length(Slot.SERVICE), false);
  writePathSegment(p, n, false);
}

/** `/` and a path segment (RFC 3986, section 3.3), with %XX for what may not stand in one, or several. */
function writePathSegment(p: usize, n: u32, several: bool): void {
  value.reserve(1 + n * 3);
  writeByte(0x2f);
  if (p == 0) return;
  for (let i: u32 = 0; i < n; i++) {
    const c = <u32>load<u8>(p + i);
    if (inSegment(c) || (several && c == 0x2f)) writeByte(c);
    else writeEscape(c);
  }
}

/** Letters, digits and `-._~!$&'()*+,;=:@`. */
function inSegment(c: u32): bool {
  const lower = c | 0x20;
  if (lower >= 0x61 && lower <= 0x7a) return true;
  if (c >= 0x26 && c <= 0x3b) return c != 0x2f;
  return c == 0x21 || c == 0x24 || c == 0x3d || c == 0x40 || c == 0x5f || c == 0x7e;
}


@inline
function writeByte(c: u32): void {
  store<u8>(value.at + value.length++, <u8>c);
}
function writeEscape(c: u32): void {
  writeByte(0x25);
  writeByte(hexDigit(c >> 4));
  writeByte(hexDigit(c & 15));
}


@inline
function hexDigit(d: u32): u32 {
  return d < 10 ? 0x30 + d : 0x37 + d;
}

/** Appends `n` bytes as DATA frames of stream `stream`, none longer than `maxFrame`. */
export function writeData(to: Bytes, stream: u32, p: usize, n: u32, maxFrame: u32): void {
  to.reserve(n + (n / maxFrame + 1) * FRAME_HEADER);
  while (n > 0) {
    const part = min(n, maxFrame);
    writeFrame(to, FrameType.DATA, Flag.NONE, stream, p, part);
    p += part;
    n -= part;
  }
}

/** Appends an empty DATA frame that ends the stream from this side. */
export function writeEndStream(to: Bytes, stream: u32): void {
  storeFrameHeader(to.reserve(FRAME_HEADER), 0, FrameType.DATA, Flag.END_STREAM, stream);
  to.length += FRAME_HEADER;
}
