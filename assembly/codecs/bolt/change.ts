/**
 * Requests with other attachments than they came with. SOFARPC writes its attachments twice: into
 * the header block, and into the content, as a map in which baggage is a map of its own
 * (`rpc_req_baggage.user` is `user` there). Its server takes the block's and keeps those that only
 * the content has, so that what is changed in the block is removed from the content. Baggage it
 * reads in the content only: it can be removed, but not set.
 */
import { copy } from "../../bytes/copy";
import { crc32 } from "../../bytes/crc32";
import { load32, store16, store32 } from "../../bytes/order";
import { sameBytes } from "../../bytes/same";
import { keepText, keptAt, keptLength, readText } from "../hessian2/text";
import { failed } from "../position";
import { Edits } from "../edits";
import { Metadata } from "../metadata";
import { arePairs, writePairs } from "./header";
import { END, isPlainText, isScalar, MAP, NULL, skipType, skipValue } from "./hessian";
import * as protocol from "./protocol";
import { CRC, codecOf, hasCrc, HESSIAN, LENGTHS, lengthsAt } from "./protocol";
import { isSofaRequest, propertiesAt } from "./sofa";

const DOT: u32 = 0x2e;
const BAGGAGE = String.UTF8.encode("rpc_req_baggage.");

/**
 * Writes the request at `p` with its attachments changed.
 * @returns its new length; 0: its block or content can't be read or would be too long, baggage of
 *   SOFARPC is to be set, or its CRC is wrong, which a new one must not hide
 */
export function changeRequest(p: usize, length: u32, m: Metadata, edits: Edits, out: usize): u32 {
  const crc = hasCrc(p) ? CRC : 0;
  if (crc != 0 && crc32(p, length - CRC) != load32(p + length - CRC)) return 0;
  const lengths = lengthsAt(p);
  const name = lengths + LENGTHS;
  const nameLength = protocol.classLength(lengths);
  const header = name + nameLength;
  const content = header + protocol.headerLength(lengths);
  const end = p + length - crc;
  const isSofa = isSofaRequest(name, nameLength) && codecOf(m) == HESSIAN;
  if (!arePairs(header, content) || (isSofa && setsBaggage(edits))) return 0;
  const newHeader = copy(out, p, header);
  const newContent = writePairs(header, content, edits, newHeader);
  const newEnd = isSofa
    ? writeContent(content, end, m, edits, newContent)
    : copy(newContent, content, end);
  const headerLength = newContent - newHeader;
  if (newEnd == 0 || headerLength > protocol.LONGEST_HEADER) return 0;
  const newLengths = out + (lengths - p);
  store16(newLengths + 2, <u32>headerLength);
  store32(newLengths + 4, <u32>(newEnd - newContent));
  const changed = <u32>(newEnd - out);
  if (crc != 0) store32(newEnd, crc32(out, changed));
  return changed + crc;
}

function setsBaggage(edits: Edits): bool {
  const n = <u32>BAGGAGE.byteLength;
  for (let i = 0; i < edits.count; i++) {
    if (edits.removes(i) || edits.nameLength(i) < n) continue;
    if (sameBytes(edits.nameAt(i), changetype<usize>(BAGGAGE), n)) return true;
  }
  return false;
}

/** Writes a SofaRequest without the properties that are changed; 0: it can't be read. */
function writeContent(p: usize, end: usize, m: Metadata, edits: Edits, out: usize): usize {
  const map = propertiesAt(p, end);
  if (map == 0 || map >= end) return 0;
  const tag = load<u8>(map);
  if (tag == NULL) return copy(out, p, end);
  if (tag != MAP) return 0;
  out = writeMap(map, end, 0, 0, m, edits, copy(out, p, map));
  return out == 0 ? 0 : copy(out, readTo, end);
}

/** Where the map ended that `writeMap` read last. */
let readTo: usize = 0;

/**
 * Writes the map at `p`, the value of the property `outer` or (0) that of all, without what is
 * changed.
 * @returns the address behind it; 0: it can't be read, or what is changed in it is not a text,
 *   number or boolean: later values may refer to it
 */
function writeMap(
  p: usize,
  end: usize,
  outer: usize,
  outerLength: u32,
  m: Metadata,
  edits: Edits,
  out: usize,
): usize {
  const start = p;
  p = skipType(p + 1, end);
  if (failed(p)) return 0;
  out = copy(out, start, p);
  while (p < end) {
    const entry = p;
    const tag = <u32>load<u8>(p);
    if (tag == END) {
      store<u8>(out, <u8>END);
      readTo = p + 1;
      return out + 1;
    }
    if (!isPlainText(tag)) return 0;
    p = readText(p, end);
    if (failed(p) || p >= end || !keepText(m)) return 0;
    const name = keptAt;
    const n = keptLength;
    const value = p;
    const first = <u32>load<u8>(p);
    if (first == MAP && outer == 0 && holds(edits, 0, 0, name, n, true)) {
      out = writeMap(p, end, name, n, m, edits, copy(out, entry, value));
      if (out == 0 || holds(edits, 0, 0, name, n, false)) return 0;
      p = readTo;
      continue;
    }
    p = skipValue(p, end);
    if (failed(p)) return 0;
    const isChanged = holds(edits, outer, outerLength, name, n, false);
    const isAround = !isScalar(first) && holds(edits, outer, outerLength, name, n, true);
    if (isAround || (isChanged && !isScalar(first))) return 0;
    if (!isChanged) out = copy(out, entry, p);
  }
  return 0;
}

/**
 * Is one of the edits about the property `name`, in the one with the name `outer` if that is not 0,
 * or (`inner`) about one that lies in its value?
 */
function holds(
  edits: Edits,
  outer: usize,
  outerLength: u32,
  name: usize,
  n: u32,
  inner: bool,
): bool {
  const before: u32 = outer == 0 ? 0 : outerLength + 1;
  const length: u32 = before + n;
  for (let i = 0; i < edits.count; i++) {
    const own = edits.nameAt(i);
    const ownLength = edits.nameLength(i);
    if (inner ? ownLength <= length : ownLength != length) continue;
    if (inner && load<u8>(own + length) != DOT) continue;
    if (!sameBytes(own + before, name, n)) continue;
    if (outer == 0) return true;
    if (sameBytes(own, outer, outerLength) && load<u8>(own + outerLength) == DOT) return true;
  }
  return false;
}
