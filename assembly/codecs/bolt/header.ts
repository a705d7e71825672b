/**
 * The header block as SOFARPC writes it, and others after it: pairs of strings, one after the other.
 *
 *     +-------------+--------- … -----+-------------+---------- … -----+
 *     | name length | name, UTF-8     | value length| value, UTF-8     |  as often as there are
 *     | i32         |                 | i32         |                  |  attachments
 *     +-------------+--------- … -----+-------------+---------- … -----+
 *
 * A negative length means null, and the pair is left out. Of a name that comes twice, the last one
 * counts. To Bolt itself the block is opaque: where it is no pairs, there are no attachments.
 *
 * Source: SimpleMapSerializer and RemotingConstants of github.com/sofastack/sofa-rpc.
 */
import { load32, store32 } from "../../bytes/order";
import { isName, nameOf } from "../../bytes/name";
import { Edits } from "../edits";
import { Metadata, ValueType } from "../metadata";
import { isPlainUtf8 } from "../utf8";

/** Bytes of a length. */
const HEAD: u32 = 4;
const NULL: i32 = -1;

/** What a mesh changes, and SOFARPC's server heeds before the target service. */
const SERVICE = nameOf("service");
const TARGET = nameOf("sofa_head_target_service");
const METHOD = nameOf("sofa_head_method_name");
const ERROR = nameOf("sofa_head_response_error");
const TRUE: u32 = 0x65757274; // "true", as it lies in memory

// --- what `readPairs` found; addresses, 0: no such name
export let serviceAt: usize = 0;
export let serviceLength: u32 = 0;
export let targetAt: usize = 0;
export let targetLength: u32 = 0;
export let methodAt: usize = 0;
export let methodLength: u32 = 0;
/** SOFARPC says that the response, whose status is fine, is an error. */
export let readsError: bool = false;

/** The address behind the string at `p`; 0: it exceeds `end`. */
@inline
function skipString(p: usize, end: usize): usize {
  if (end - p < HEAD) return 0;
  const n = load32(p);
  p += HEAD;
  if (<i32>n < 0) return p;
  return end - p < n ? 0 : p + n;
}

/** Is the block pairs of strings? */
export function arePairs(p: usize, end: usize): bool {
  while (p < end) {
    p = skipString(p, end);
    if (p == 0) return false;
    p = skipString(p, end);
    if (p == 0) return false;
  }
  return true;
}

/** What there is to find of a block that is no pairs. */
export function forgetPairs(): void {
  serviceAt = 0;
  targetAt = 0;
  methodAt = 0;
  readsError = false;
}

/** Reads the block from `p` to `end`, which is pairs, and reports what is wanted of it. */
export function readPairs(p: usize, end: usize, m: Metadata): void {
  forgetPairs();
  while (p < end) {
    const n = <i32>load32(p);
    const name = p + HEAD;
    p = name + max(n, 0);
    const length = <i32>load32(p);
    const value = p + HEAD;
    p = value + max(length, 0);
    if (n <= NULL || length <= NULL) continue;
    takeOwn(name, n, value, length);
    if (!m.wants(name, n)) continue;
    const isText = isPlainUtf8(value, length);
    m.attachment(name, n, value, length, isText ? ValueType.STRING : ValueType.ENCODED);
  }
}

/** Keeps what is SOFARPC's own. */
@inline
function takeOwn(name: usize, n: u32, value: usize, length: u32): void {
  if (n == 7) {
    if (!isName(SERVICE, name, n)) return;
    serviceAt = value;
    serviceLength = length;
  } else if (n == 21) {
    if (!isName(METHOD, name, n)) return;
    methodAt = value;
    methodLength = length;
  } else if (n == 24) {
    if (isName(TARGET, name, n)) {
      targetAt = value;
      targetLength = length;
    } else if (isName(ERROR, name, n)) {
      readsError = length == 4 && load<u32>(value) == TRUE;
    }
  }
}

/** Most bytes that `writePairs` adds. */
export function pairsLimit(edits: Edits): u32 {
  return edits.bytes + <u32>edits.count * 2 * HEAD;
}

/** Writes the block from `p` to `end`, which is pairs, changed; returns the address behind it. */
export function writePairs(p: usize, end: usize, edits: Edits, out: usize): usize {
  while (p < end) {
    const pair = p;
    const n = <i32>load32(p);
    const edit = n < 0 ? -1 : edits.indexOf(p + HEAD, n);
    p = skipString(skipString(p, end), end);
    if (edit >= 0) continue;
    memory.copy(out, pair, p - pair);
    out += p - pair;
  }
  for (let i = 0; i < edits.count; i++) {
    if (edits.removes(i)) continue;
    out = writeString(out, edits.nameAt(i), edits.nameLength(i));
    out = writeString(out, edits.valueAt(i), edits.valueLength(i));
  }
  return out;
}

function writeString(out: usize, p: usize, n: u32): usize {
  store32(out, n);
  memory.copy(out + HEAD, p, n);
  return out + HEAD + n;
}
