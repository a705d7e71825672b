/**
 * Header blocks (HPACK, RFC 7541) without a dynamic table: what this client writes never
 * indexes, and by HEADER_TABLE_SIZE 0 it asks the peer to do the same.
 */
import { Bytes } from "../bytes/buffer";
import { decodeHuffman } from "./huffman";

/** Entries of the static table (appendix A) that a request starts with. */
export enum Static {
  AUTHORITY = 1,
  METHOD_POST = 3,
  PATH = 4,
  SCHEME_HTTP = 6,
}
const STATUS_FIRST: u32 = 8;
const STATUS_LAST: u32 = 14;
const STATIC_LAST: u32 = 61;
/** Statuses of the static entries 8 … 14. */
const STATUSES: usize = memory.data<u16>([200, 204, 206, 304, 400, 404, 500]);

// --- writing

/** An integer with a prefix of `bits` bits (section 5.1); `head` has the bits before it. */
function writeInteger(to: Bytes, head: u32, bits: u32, value: u32): void {
  let at = to.reserve(6);
  const start = at;
  const most: u32 = (1 << bits) - 1;
  if (value < most) store<u8>(at++, <u8>(head | value));
  else {
    store<u8>(at++, <u8>(head | most));
    let rest = value - most;
    while (rest > 127) {
      store<u8>(at++, <u8>(rest | 128));
      rest >>= 7;
    }
    store<u8>(at++, <u8>rest);
  }
  to.length += at - start;
}

/** A string that is not Huffman-coded (section 5.2). */
function writeString(to: Bytes, p: usize, n: u32): void {
  writeInteger(to, 0, 7, n);
  to.append(p, n);
}

/** A header that is in the static table as a whole (section 6.1). */
export function writeIndexed(to: Bytes, index: u32): void {
  writeInteger(to, 0x80, 7, index);
}

/** A value for a static table's name, not to be indexed (section 6.2.2). */
export function writeNamed(to: Bytes, index: u32, value: usize, n: u32): void {
  writeInteger(to, 0, 4, index);
  writeString(to, value, n);
}

/** A header with a name of its own, not to be indexed (section 6.2.2). */
export function writeLiteral(to: Bytes, name: usize, nameLength: u32, value: usize, n: u32): void {
  writeInteger(to, 0, 4, 0);
  writeString(to, name, nameLength);
  writeString(to, value, n);
}

// --- reading

/** Where reading stands; 0 after an error. */
let cursor: usize = 0;
let stop: usize = 0;
/** The string that was read last: in the block, or decoded into `decoded`. */
let text: usize = 0;
let textLength: u32 = 0;
const decoded = new Bytes();

function readInteger(bits: u32): u32 {
  if (cursor == 0 || cursor >= stop) return fail();
  const most: u32 = (1 << bits) - 1;
  let value = (<u32>load<u8>(cursor++)) & most;
  if (value < most) return value;
  for (let shift: u32 = 0; shift < 28; shift += 7) {
    if (cursor >= stop) return fail();
    const byte = <u32>load<u8>(cursor++);
    value += (byte & 127) << shift;
    if (byte < 128) return value;
  }
  return fail();
}

function readString(): void {
  if (cursor == 0 || cursor >= stop) {
    fail();
    return;
  }
  const huffman = (load<u8>(cursor) & 0x80) != 0;
  const n = readInteger(7);
  if (cursor == 0 || n > <u32>(stop - cursor)) {
    fail();
    return;
  }
  text = cursor;
  textLength = n;
  cursor += n;
  if (!huffman) return;
  decoded.clear();
  if (!decodeHuffman(text, n, decoded)) fail();
  text = decoded.at;
  textLength = <u32>decoded.length;
}

function fail(): u32 {
  cursor = 0;
  return 0;
}

/** Value of the header that `readResponse` looked for; valid until it is called again. */
export let foundAt: usize = 0;
/** 0: the response has no such header. */
export let foundLength: u32 = 0;
const found = new Bytes();

/**
 * Reads the response whose header block is at `p`: its `:status` and the header `wanted`; others
 * are read over.
 * @returns the status, 0 if the block is malformed or has none
 */
export function readResponse(p: usize, n: u32, wanted: ArrayBuffer): u32 {
  cursor = p;
  stop = p + n;
  found.clear();
  let status: u32 = 0;
  while (cursor != 0 && cursor < stop) {
    const first = <u32>load<u8>(cursor);
    if ((first & 0xe0) == 0x20) {
      readInteger(5); // a change of the dynamic table's size (section 6.3): it stays empty
      continue;
    }
    if ((first & 0x80) != 0) {
      const index = readInteger(7);
      if (index == 0 || index > STATIC_LAST) return 0;
      if (index >= STATUS_FIRST && index <= STATUS_LAST)
        status = load<u16>(STATUSES + ((<usize>(index - STATUS_FIRST)) << 1));
      continue;
    }
    const name = readInteger((first & 0x40) != 0 ? 6 : 4);
    if (name > STATIC_LAST) return 0;
    if (name == 0) readString();
    const isWanted = name == 0 && cursor != 0 && isText(wanted);
    readString();
    if (isWanted && cursor != 0) {
      found.clear();
      found.append(text, textLength);
    }
    if (cursor != 0 && name >= STATUS_FIRST && name <= STATUS_LAST) status = number();
  }
  foundAt = found.at;
  foundLength = <u32>found.length;
  return cursor == 0 ? 0 : status;
}

/** Whether the string that was read last is this one. */
function isText(wanted: ArrayBuffer): bool {
  const n = <u32>wanted.byteLength;
  return n == textLength && memory.compare(changetype<usize>(wanted), text, n) == 0;
}

/** The three digits of a status that came as text. */
function number(): u32 {
  if (textLength != 3) return 0;
  let value: u32 = 0;
  for (let i: u32 = 0; i < 3; i++) {
    const digit = <u32>load<u8>(text + i) - 0x30;
    if (digit > 9) return 0;
    value = value * 10 + digit;
  }
  return value;
}
