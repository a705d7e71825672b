/**
 * Attachments of a THeader frame changed: those that the edits are about are taken out of all its
 * blocks, and what is set goes into a block of its own before them, where every server reads it.
 */
import { store16, store32 } from "../../bytes/order";
import { Edits } from "../edits";
import { failed } from "../position";
import { writeVarint } from "../varint";
import { LENGTH, LONGEST_FRAME } from "./frame";
import {
  blockKind,
  FIXED,
  Info,
  infosAt,
  keyAt,
  keyLength,
  pairCount,
  readBlock,
  readHeader,
  readPair,
  transform,
} from "./header";

/** Kind and count of a block, and padding; lengths of a pair. */
const BLOCK: u32 = 9;
const PAIR: u32 = 10;
const LARGEST_HEADER: u32 = 4 * 0xffff;

/** Most bytes by which `changeHeader` makes a frame longer. */
export function headerLimit(edits: Edits): u32 {
  return edits.bytes + <u32>edits.count * PAIR + BLOCK;
}

/** See `Codec.change`; the frame is one with a header. */
export function changeHeader(p: usize, length: u32, edits: Edits, out: usize): u32 {
  const end = p + length;
  const message = readHeader(p, end);
  if (failed(message) || transform != 0) return 0;
  const before = <u32>(infosAt - p);
  memory.copy(out, p, before);
  let to = writeSet(out + before, edits);
  to = copyBlocks(infosAt, message, edits, to);
  if (to == 0) return 0;
  const start = out + FIXED;
  while ((<u32>(to - start)) & 3) store<u8>(to++, 0);
  const size = <u32>(to - start);
  const total = <u64>(to - out) + <u64>(end - message);
  if (size > LARGEST_HEADER || total - LENGTH > LONGEST_FRAME) return 0;
  store16(out + FIXED - 2, size >> 2);
  store32(out, <u32>total - LENGTH);
  memory.copy(to, message, end - message);
  return <u32>total;
}

/** Writes the block of what the edits set, if they set anything. */
function writeSet(to: usize, edits: Edits): usize {
  let n: u32 = 0;
  for (let i = 0; i < edits.count; i++) if (!edits.removes(i)) n++;
  if (n == 0) return to;
  to = writeVarint(writeVarint(to, Info.KEY_VALUE), n);
  for (let i = 0; i < edits.count; i++) {
    if (edits.removes(i)) continue;
    to = writeText(to, edits.nameAt(i), edits.nameLength(i));
    to = writeText(to, edits.valueAt(i), edits.valueLength(i));
  }
  return to;
}

function writeText(to: usize, p: usize, n: u32): usize {
  to = writeVarint(to, n);
  memory.copy(to, p, n);
  return to + n;
}

/**
 * Copies the blocks without what the edits are about, and what is behind them if it is no padding.
 * @returns the address behind them; 0: they are malformed
 */
function copyBlocks(p: usize, end: usize, edits: Edits, to: usize): usize {
  let start = p;
  for (p = readBlock(start, end); !failed(p) && blockKind != 0; p = readBlock(start, end)) {
    const kept = countKept(p, pairCount, end, edits);
    if (kept < 0) return 0;
    if (kept > 0) to = writeVarint(writeVarint(to, blockKind), kept);
    for (let left = pairCount; left > 0; left--) {
      const pair = p;
      p = readPair(p, end);
      if (edits.indexOf(keyAt, keyLength) >= 0) continue;
      memory.copy(to, pair, p - pair);
      to += p - pair;
    }
    start = p;
  }
  if (failed(p)) return 0;
  if (start == end || load<u8>(start) == 0) return to;
  memory.copy(to, start, end - start);
  return to + (end - start);
}

/** How many of the `n` pairs at `p` stay; -1: they are malformed. */
function countKept(p: usize, n: u32, end: usize, edits: Edits): i32 {
  let kept = 0;
  for (; n > 0; n--) {
    p = readPair(p, end);
    if (failed(p)) return -1;
    if (edits.indexOf(keyAt, keyLength) < 0) kept++;
  }
  return kept;
}
