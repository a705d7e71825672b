/**
 * THeader: a frame whose message follows a header with attachments. All fixed numbers are
 * big-endian.
 *
 *     0            4        6        8            12         14                    14 + 4 size
 *     +------------+--------+--------+------------+----------+----------- … -------+---------
 *     | length u32 | magic  | flags  | sequence   | size u16 | protocol, varint    | message…
 *     | behind it  | 0x0fff | u16    | id i32     | / 4      | count and transforms|
 *     |            |        |        |            |          | info blocks, zeros  |
 *     +------------+--------+--------+------------+----------+----------- … -------+---------
 *
 *     +-----------+--------+------------------------------------------+
 *     | 1 or 2    | count  | key's length, key, value's length, value | …      a block of attachments
 *     | varint    | varint | varint,            varint                |
 *     +-----------+--------+------------------------------------------+
 *
 * Protocol: 0 binary, 2 compact. Transforms are what was done to the message: 1 zlib, 2 HMAC,
 * 3 snappy; such messages can't be read here. Blocks of kind 2 are fbthrift's persistent ones, which
 * its servers keep for the connection, and which do not override those of kind 1; Apache Thrift stops
 * reading at them. A kind that is not known ends the blocks, and so do the zeros.
 * Sources: doc/specs/HeaderFormat.md of apache/thrift, thrift/lib/cpp/transport/THeader.cpp of
 * facebook/fbthrift. Other headers (TTHeader of Kitex) are not spoken.
 */
import { load16, load32 } from "../../bytes/order";
import { failed, SHORT, WRONG } from "../position";
import { reportText } from "../lossy";
import { Metadata } from "../metadata";
import { isPlainUtf8 } from "../utf8";
import { LENGTH } from "./frame";
import { Protocol } from "./message";
import { advance, readVarint, varint } from "./varint";

/** Where the header's varying part begins. */
export const FIXED: u32 = 14;
/** Most transforms of one message. */
const MOST_TRANSFORMS: u32 = 8;

export enum Info {
  KEY_VALUE = 1,
  PERSISTENT = 2,
}
export const ZLIB: u32 = 1;

// What `readHeader` read last.
export let sequenceId: u32 = 0;
/** The first transform of the message; 0: it lies there as it is. */
export let transform: u32 = 0;
export let isCompact: bool = false;
/** Where the info blocks begin; they end where the message begins. */
export let infosAt: usize = 0;

/** Reads the header at `p` but for its info blocks; returns the address of the message. */
export function readHeader(p: usize, end: usize): usize {
  if (end - p < FIXED) return SHORT;
  sequenceId = load32(p + 8);
  const message = p + FIXED + 4 * load16(p + 12);
  if (LENGTH + load32(p) < <u32>(message - p)) return WRONG;
  if (message > end) return SHORT;
  p = readVarint(p + FIXED, message);
  if (failed(p) || (varint != 0 && varint != 2)) return WRONG;
  isCompact = varint == 2;
  p = readVarint(p, message);
  if (failed(p) || varint > MOST_TRANSFORMS) return WRONG;
  transform = 0;
  for (let left = varint; left > 0; left--) {
    p = readVarint(p, message);
    if (failed(p)) return WRONG;
    if (transform == 0) transform = varint;
  }
  infosAt = p;
  return message;
}

/** Whether a message of this protocol is what the header says. */
export function announces(protocol: Protocol): bool {
  return isCompact == (protocol == Protocol.COMPACT);
}

// The pair that `readPair` read last.
export let keyAt: usize = 0;
export let keyLength: u32 = 0;
export let valueAt: usize = 0;
export let valueLength: u32 = 0;

/** Reads a key and its value; returns the address behind them. */
export function readPair(p: usize, end: usize): usize {
  p = readVarint(p, end);
  if (failed(p)) return p;
  keyAt = p;
  keyLength = varint;
  p = advance(p, end, varint);
  if (failed(p)) return p;
  p = readVarint(p, end);
  if (failed(p)) return p;
  valueAt = p;
  valueLength = varint;
  return advance(p, end, varint);
}

/** Kind and count of the block that `readBlock` found; kind 0: there are no more. */
export let blockKind: u32 = 0;
export let pairCount: u32 = 0;

/** Reads a block's kind and count; returns the address of its first pair. */
export function readBlock(p: usize, end: usize): usize {
  blockKind = 0;
  if (p == end) return p;
  p = readVarint(p, end);
  if (failed(p) || (varint != Info.KEY_VALUE && varint != Info.PERSISTENT)) return p;
  const kind = varint;
  p = readVarint(p, end);
  blockKind = kind;
  pairCount = varint;
  return p;
}

/**
 * Reports the attachments in the info blocks from `p` to `end`. Of one key the last value counts,
 * of a persistent one only if the key is not among the others.
 * @returns false: they are malformed, or can't be told
 */
export function readAttachments(m: Metadata, p: usize, end: usize): bool {
  const kinds = report(m, p, end, Info.KEY_VALUE);
  if (kinds < 0) return false;
  if ((kinds & (1 << Info.PERSISTENT)) == 0) return true;
  // Once more, the weightier ones last.
  return report(m, p, end, Info.PERSISTENT) >= 0 && report(m, p, end, Info.KEY_VALUE) >= 0;
}

/**
 * Reports the attachments of one kind. Blocks of one kind in two places are refused: a server that
 * stops at those between would read other values than one that does not.
 * @returns the kinds that there are, as bits; -1: malformed
 */
function report(m: Metadata, p: usize, end: usize, kind: u32): i32 {
  let kinds = 0;
  let last: u32 = 0;
  for (p = readBlock(p, end); !failed(p) && blockKind != 0; p = readBlock(p, end)) {
    if (blockKind != last && (kinds >> blockKind) & 1) return -1;
    last = blockKind;
    kinds |= 1 << last;
    for (let left = pairCount; left > 0; left--) {
      p = readPair(p, end);
      if (failed(p)) return -1;
      if (last != kind || !m.wants(keyAt, keyLength) || !isPlainUtf8(keyAt, keyLength)) continue;
      if (!reportText(m, keyAt, keyLength, valueAt, valueLength)) return -1;
    }
  }
  return failed(p) ? -1 : kinds;
}
