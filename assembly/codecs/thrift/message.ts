/**
 * What a message begins with, before the struct of its arguments or its result. It says itself which
 * of three encodings it has:
 *
 *     0                 2        3        4                  8
 *     +--------+--------+--------+--------+------------------+--------- … --+-----------------+
 *     | 0x80     0x01   | unused | type   | name's length    | name         | sequence id     |   binary, strict
 *     |                 |        |        | i32              |              | i32             |
 *     +--------+--------+--------+--------+------------------+--------- … --+-----------------+
 *     | name's length i32                 | name … | type    | sequence id i32 |                  binary, old
 *     +--------+--------+--------+--------+--------+---------+-----------------+
 *     | 0x82   | ttt    | sequence id     | name's length    | name         |                     compact
 *     |        |   00001| varint          | varint           |              |
 *     +--------+--------+-----------------+------------------+--------- … --+
 *
 * Sources: doc/specs/thrift-binary-protocol.md and thrift-compact-protocol.md of apache/thrift.
 */
import { load16, load32, store32 } from "../../bytes/order";
import { failed, SHORT, WRONG } from "../position";
import { writeVarint } from "../varint";
import { advance, readVarint, varint } from "./varint";

export enum Protocol {
  STRICT = 0,
  OLD = 1,
  COMPACT = 2,
}

export enum MessageType {
  CALL = 1,
  REPLY = 2,
  EXCEPTION = 3,
  ONEWAY = 4,
}

/** First bytes of a compact message, and of a strict binary one; the version of the former. */
export const COMPACT: u32 = 0x82;
export const STRICT: u32 = 0x80;
const COMPACT_VERSION: u32 = 1;
const COMPACT_VERSION_MASK: u32 = 0x1f;
const STRICT_VERSION: u32 = 0x8001;
/** Longer names are no names; that of an old binary message thus begins with two bytes 0. */
export const LONGEST: u32 = 0xffff;
/** Most bytes that `writeMessage` writes besides the name. */
export const AROUND: u32 = 12;

// What `readMessage` read last.
export let protocol: Protocol = Protocol.STRICT;
export let type: u32 = 0;
export let sequenceId: u32 = 0;
export let nameAt: usize = 0;
export let nameLength: u32 = 0;
/** Where a sequence id ends that lies before the name and is not always as long; 0: it does not. */
export let sequenceEnd: usize = 0;

/** Whether two bytes at `p`, the first of which is STRICT or COMPACT, have the known version. */
export function isKnownVersion(p: usize): bool {
  if (load<u8>(p) == COMPACT) return (load<u8>(p, 1) & COMPACT_VERSION_MASK) == COMPACT_VERSION;
  return load16(p) == STRICT_VERSION;
}

/** Reads the beginning of the message at `p`; returns the address of its struct. */
export function readMessage(p: usize, end: usize): usize {
  sequenceEnd = 0;
  if (end - p < 2) return SHORT;
  const first = <u32>load<u8>(p);
  if ((first == COMPACT || first == STRICT) && !isKnownVersion(p)) return WRONG;
  if (first == COMPACT) p = readCompact(p, end);
  else p = first == STRICT ? readStrict(p, end) : readOld(p, end);
  if (failed(p)) return p;
  return type >= <u32>MessageType.CALL && type <= <u32>MessageType.ONEWAY ? p : WRONG;
}

function readStrict(p: usize, end: usize): usize {
  if (end - p < 8) return SHORT;
  protocol = Protocol.STRICT;
  type = load<u8>(p, 3);
  p = readName(p + 8, end, load32(p + 4));
  if (failed(p)) return p;
  if (end - p < 4) return SHORT;
  sequenceId = load32(p);
  return p + 4;
}

function readOld(p: usize, end: usize): usize {
  if (end - p < 4) return SHORT;
  protocol = Protocol.OLD;
  p = readName(p + 4, end, load32(p));
  if (failed(p)) return p;
  if (end - p < 5) return SHORT;
  type = load<u8>(p);
  sequenceId = load32(p + 1);
  return p + 5;
}

function readCompact(p: usize, end: usize): usize {
  protocol = Protocol.COMPACT;
  type = (<u32>load<u8>(p, 1)) >> 5;
  p = readVarint(p + 2, end);
  if (failed(p)) return p;
  sequenceId = varint;
  sequenceEnd = p;
  p = readVarint(p, end);
  return failed(p) ? p : readName(p, end, varint);
}

function readName(p: usize, end: usize, n: u32): usize {
  if (n > LONGEST) return WRONG;
  nameAt = p;
  nameLength = n;
  return advance(p, end, n);
}

/** Writes the beginning of an EXCEPTION with a name of `n` bytes; returns the address behind it. */
export function writeException(out: usize, as: Protocol, id: u32, name: usize, n: u32): usize {
  if (as == Protocol.COMPACT) {
    store<u8>(out, <u8>COMPACT);
    store<u8>(out + 1, <u8>((MessageType.EXCEPTION << 5) | COMPACT_VERSION));
    out = writeVarint(writeVarint(out + 2, id), n);
    memory.copy(out, name, n);
    return out + n;
  }
  if (as == Protocol.STRICT) {
    store32(out, (STRICT_VERSION << 16) | MessageType.EXCEPTION);
    out += 4;
  }
  store32(out, n);
  memory.copy(out + 4, name, n);
  out += 4 + n;
  if (as == Protocol.OLD) store<u8>(out++, <u8>MessageType.EXCEPTION);
  store32(out, id);
  return out + 4;
}
