/**
 * The codecs as they are in the filter, one call at a time, for tests and benchmarks: compiled with
 * the same options as argot.wasm, so that it is the very code that runs in Envoy.
 *
 * The caller puts bytes where it likes (`allocate`, or the end of the memory, where a byte too far
 * is a trap), calls, and reads what was found from the table that `report` answers.
 */
import "./codecs/builtin";
import { Codec } from "./codecs/codec";
import { Edits } from "./codecs/edits";
import { Depth, MAX_WANTED, Metadata, Slot } from "./codecs/metadata";
import { PlainCodec } from "./codecs/plain/codec";
import { codecOf } from "./codecs/declared/open";
import { addCodec } from "./codecs/registry";
import { Memo } from "./filter/lanes/memo";

addCodec(new PlainCodec());

let codec: Codec = new PlainCodec();
let metadata = new Metadata();
let edits = new Edits();
const memo = new Memo();

/** Room for `n` bytes, to be given back with `release`. */
export function allocate(n: u32): usize {
  return heap.alloc(n);
}
export function release(p: usize): void {
  heap.free(p);
}

/**
 * Chooses the protocol, by its name or its program as JSON, and forgets what was wanted; false:
 * there is none, or it can't be read.
 */
export function open(p: usize, n: u32): bool {
  const found = codecOf(String.UTF8.decodeUnsafe(p, n));
  if (found === null) return false;
  codec = found;
  metadata = new Metadata();
  return true;
}

// --- what to read

/** Asks for an attachment by its name; answers the index of its slot in the report. */
export function want(p: usize, n: u32): u32 {
  return metadata.want(String.UTF8.decodeUnsafe(p, n));
}
export function setDepth(attachments: bool): void {
  metadata.depth = attachments ? Depth.ATTACHMENTS : Depth.CALL;
}
export function setFromServer(fromServer: bool): void {
  metadata.fromServer = fromServer;
}

// --- reading: see assembly/codecs/codec.ts

export function headerLength(): u32 {
  return codec.headerLength;
}
export function isOrdered(): bool {
  return codec.isOrdered(metadata);
}
export function mayStaySilent(): bool {
  return codec.mayStaySilent;
}
export function clear(): void {
  metadata.clear();
}
export function measure(p: usize, n: u32): i64 {
  return codec.measure(p, n);
}
export function readHead(p: usize, n: u32): u32 {
  return codec.readHead(p, n, metadata);
}
export function readMetadata(p: usize, n: u32, length: u32): u32 {
  return codec.readMetadata(p, n, length, metadata);
}
export function readReply(p: usize, length: u32): u32 {
  return codec.readReply(p, length, metadata);
}

// --- writing

export function replyLimit(n: u32): u32 {
  return codec.replyLimit(n);
}
export function writeErrorReply(
  out: usize,
  requestId: u64,
  replyContext: u32,
  status: u32,
  message: usize,
  n: u32,
): u32 {
  return codec.writeErrorReply(out, requestId, replyContext, status, message, n);
}
export function writeHeartbeatReply(out: usize): u32 {
  return codec.writeHeartbeatReply(out, metadata);
}
export function writeGoodbye(out: usize): u32 {
  return codec.writeGoodbye(out);
}
export function writeStreamReset(
  out: usize,
  streamId: u64,
  status: u32,
  message: usize,
  n: u32,
): u32 {
  return codec.writeStreamReset(out, streamId, status, message, n);
}

// --- changing

export function clearEdits(): void {
  edits = new Edits();
  __collect();
}
/** Adds an edit; `value` 0: the attachment is removed. */
export function addEdit(name: usize, n: u32, value: usize, valueLength: u32): void {
  let text: string | null = null;
  if (value != 0) text = String.UTF8.decodeUnsafe(value, valueLength);
  edits.add(String.UTF8.decodeUnsafe(name, n), text);
}
export function changeLimit(): u32 {
  return codec.changeLimit(edits);
}
export function change(p: usize, length: u32, out: usize): u32 {
  return codec.change(p, length, metadata, edits, out);
}

// --- recognising equal requests: see assembly/filter/lanes/memo.ts

export function remember(p: usize, n: u32): void {
  memo.remember(metadata, p, p + n);
}
export function matches(p: usize, n: u32): bool {
  return memo.matches(codec, metadata, p, p + n, true);
}

// --- what was found

export function requestId(): u64 {
  return metadata.requestId;
}
export function streamId(): u64 {
  return metadata.streamId;
}

const SLOTS = Slot.ATTACHMENTS + MAX_WANTED;
/** Where the slots begin in the report. */
const FIRST_SLOT = 14;
const table = new StaticArray<u32>(FIRST_SLOT + 2 * SLOTS);

/**
 * The metadata as 32-bit numbers: kind, reply, replyContext, status, part, holeAt, holeEnd,
 * isError, address and length of the error message, headAt, headEnd, tailAt, argumentCount; then
 * address (0: none) and length of each slot.
 */
export function report(): usize {
  const m = metadata;
  table[0] = m.kind;
  table[1] = m.reply;
  table[2] = m.replyContext;
  table[3] = m.status;
  table[4] = m.part;
  table[5] = <u32>m.holeAt;
  table[6] = <u32>m.holeEnd;
  table[7] = m.isError;
  table[8] = <u32>m.errorMessage;
  table[9] = m.errorMessageLength;
  table[10] = <u32>m.headAt;
  table[11] = <u32>m.headEnd;
  table[12] = <u32>m.tailAt;
  table[13] = m.argumentCount;
  for (let i = 0; i < SLOTS; i++) {
    table[FIRST_SLOT + 2 * i] = <u32>m.at(i);
    table[FIRST_SLOT + 2 * i + 1] = m.length(i);
  }
  return changetype<usize>(table);
}

// --- benchmarks: `rounds` times the same, inside of the module

/** What the filter does first with every frame. */
export function loopHead(p: usize, n: u32, rounds: u32): void {
  for (let i: u32 = 0; i < rounds; i++) {
    if (codec.measure(p, n) != <i64>n || codec.readHead(p, n, metadata) != 0) unreachable();
  }
}
/** What it does with a request that looks like none before. */
export function loopMetadata(p: usize, n: u32, rounds: u32): void {
  for (let i: u32 = 0; i < rounds; i++) {
    metadata.clear();
    if (codec.readMetadata(p, n, n, metadata) != 0) unreachable();
  }
}
/** What it does with one that looks like the one before. */
export function loopMatches(p: usize, n: u32, rounds: u32): void {
  for (let i: u32 = 0; i < rounds; i++) {
    if (!memo.matches(codec, metadata, p, p + n, true)) unreachable();
  }
}

/**
 * Work in which no codec has a part, to tell how busy the machine is: looks at each of the `n`
 * bytes at `p`, and copies those that are no capital letters behind them.
 * @returns how many it copied
 */
export function loopReference(p: usize, n: u32, rounds: u32): u32 {
  let copied: u32 = 0;
  const end = p + n;
  for (let i: u32 = 0; i < rounds; i++) {
    let out = end;
    for (let at = p; at < end; at++) {
      const c = load<u8>(at);
      if (c >= 0x41 && c <= 0x5a) continue;
      store<u8>(out++, c);
    }
    copied += <u32>(out - end);
  }
  return copied;
}
