/** Strings of Hessian 2: one or more chunks, each with its length in UTF-16 units. */
import { load16 } from "../../bytes/order";
import { Metadata } from "../metadata";
import { clearIrregular, irregular, regular, skipUnits } from "../text";
import { failed, SHORT, WRONG } from "../position";

const NULL: u32 = 0x4e; // 'N'
const CHUNK: u32 = 0x52; // 'R', another chunk follows
const FINAL: u32 = 0x53; // 'S'

/** Is `tag` the first byte of a string? */
@inline
export function isText(tag: u32): bool {
  return tag < 0x20 || (tag & 0xfc) == 0x30 || tag == FINAL || tag == CHUNK;
}

/** Where the text of the string that was read last lies; 0 for null. */
let textAt: usize = 0;
let textEnd: usize = 0;
/** Does that text lie in the frame as UTF-8, or has it to be put together? */
let whole: bool = false;
let stringAt: usize = 0;

/** Where the text of the chunk lies whose head was read last. */
let chunkAt: usize = 0;

/** Reads the chunk at `p`, of any kind of string. */
function readChunk(p: usize, end: usize): usize {
  if (p >= end) return SHORT;
  const tag = <u32>load<u8>(p);
  if (tag < 0x20) {
    chunkAt = p + 1;
    return skipUnits(p + 1, end, tag);
  }
  if ((tag & 0xfc) == 0x30) {
    if (p + 2 > end) return SHORT;
    chunkAt = p + 2;
    return skipUnits(p + 2, end, ((tag & 3) << 8) | load<u8>(p + 1));
  }
  if (tag != FINAL && tag != CHUNK) return WRONG;
  if (p + 3 > end) return SHORT;
  chunkAt = p + 3;
  return skipUnits(p + 3, end, load16(p + 1));
}

/** Skips the string at `p`. */
export function skipText(p: usize, end: usize): usize {
  let next = readChunk(p, end);
  while (!failed(next) && load<u8>(p) == CHUNK) {
    p = next;
    next = readChunk(p, end);
  }
  return next;
}

/** Reads the string or null at `p`; `keepText` then tells where its text lies. */
export function readText(p: usize, end: usize): usize {
  if (p >= end) return SHORT;
  stringAt = p;
  const tag = <u32>load<u8>(p);
  if (tag == NULL) {
    textAt = 0;
    textEnd = 0;
    whole = true;
    return p + 1;
  }
  clearIrregular();
  const next = tag == CHUNK ? skipText(p, end) : readChunk(p, end);
  if (failed(next)) return next;
  whole = tag != CHUNK && !irregular;
  textAt = chunkAt;
  textEnd = next;
  return next;
}

/** The text that `keepText` kept; address 0 for null. */
export let keptAt: usize = 0;
export let keptLength: u32 = 0;

/**
 * Makes the string that was read last a span of UTF-8, in the frame or in the scratch of `m`.
 * @returns false: the scratch has no room for it
 */
export function keepText(m: Metadata): bool {
  keptAt = textAt;
  keptLength = <u32>(textEnd - textAt);
  return whole || assemble(m);
}

function assemble(m: Metadata): bool {
  const end = textEnd;
  const out = m.scratchBytes(<u32>(end - stringAt));
  if (out == 0) return false;
  let n: u32 = 0;
  for (let p = stringAt; p < end;) {
    const next = readChunk(p, end);
    memory.copy(out + n, chunkAt, next - chunkAt);
    n += <u32>(next - chunkAt);
    p = next;
  }
  keptAt = out;
  keptLength = regular(out, n);
  return true;
}

/** Is the string that was read last `text` (ASCII, of `n` bytes)? */
export function textIs(text: usize, n: u32): bool {
  return whole && textEnd - textAt == n && memory.compare(textAt, text, n) == 0;
}
