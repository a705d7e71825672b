/**
 * The metadata of Motan2: lines of text, in turn a name and its value, without a newline at the
 * end. Values can't be escaped. Names that the framework uses itself:
 *
 *     M_p   service       M_g   group, else group           M_pt  time to process, milliseconds
 *     M_m   method        M_v   version, else version       M_e   error, as JSON
 *     M_md  types of the parameters
 *
 * Of a name that comes twice the last one counts. Where an empty name is, peers differ: Java has
 * an attachment with an empty name, Go skips the line and takes the next for a name.
 */
import { findByte } from "../../bytes/find";
import { Metadata, Slot, ValueType } from "../metadata";
import { isPlainUtf8 } from "../utf8";

const NEWLINE: u8 = 0x0a;
/** `group`, `version` */
const GROUP: usize = memory.data<u8>([0x67, 0x72, 0x6f, 0x75, 0x70]);
const VERSION: usize = memory.data<u8>([0x76, 0x65, 0x72, 0x73, 0x69, 0x6f, 0x6e]);

/** Names of the framework's own, as their bytes are loaded, lowest first. */
enum Name {
  M_P = 0x705f4d,
  M_M = 0x6d5f4d,
  M_G = 0x675f4d,
  M_V = 0x765f4d,
  M_E = 0x655f4d,
  M_MD = 0x646d5f4d,
}

// --- what `readPair` found
export let nameAt: usize = 0;
export let nameLength: u32 = 0;
export let valueAt: usize = 0;
export let valueLength: u32 = 0;

/**
 * Reads the name and value at `p` of metadata that end at `end`; a value may be missing at the end.
 * @returns where the next pair begins, `end` after the last one; 0: the name is empty
 */
export function readPair(p: usize, end: usize): usize {
  nameAt = p;
  p = findByte(p, end, NEWLINE);
  nameLength = <u32>(p - nameAt);
  if (nameLength == 0) return 0;
  valueAt = p == end ? 0 : p + 1;
  p = findByte(min(p + 1, end), end, NEWLINE);
  valueLength = valueAt == 0 ? 0 : <u32>(p - valueAt);
  return p == end ? p : p + 1;
}

/** The name that was read, if it may be one of the framework's own; else 0. */
function ownName(): u32 {
  if (nameLength == 4) return load<u32>(nameAt);
  return nameLength == 3 ? (<u32>load<u16>(nameAt)) | ((<u32>load<u8>(nameAt + 2)) << 16) : 0;
}

// --- of versions and groups that have two names
let versionAt: usize = 0;
let versionLength: u32 = 0;
let hasOwnVersion: bool = false;
let hasOwnGroup: bool = false;

/** Reports the metadata from `p` to `end`; false: they are no text, or have an empty name. */
export function readMeta(p: usize, end: usize, m: Metadata): bool {
  if (!isPlainUtf8(p, <u32>(end - p))) return false;
  versionAt = 0;
  hasOwnVersion = hasOwnGroup = false;
  while (p < end) {
    p = readPair(p, end);
    if (p == 0) return false;
    if (valueAt == 0) break; // a name without a value is nothing to anyone
    if (m.wants(nameAt, nameLength)) {
      m.attachment(nameAt, nameLength, valueAt, valueLength, ValueType.STRING);
    }
    const slot = slotOfPair();
    if (slot >= 0) m.set(slot, valueAt, valueLength);
  }
  if (!hasOwnVersion && versionAt != 0) m.set(Slot.VERSION, versionAt, versionLength);
  return true;
}

/** The slot that the pair fills now; -1: none. */
function slotOfPair(): i32 {
  switch (ownName()) {
    case Name.M_P:
      return Slot.SERVICE;
    case Name.M_M:
      return Slot.METHOD;
    case Name.M_MD:
      return Slot.PARAMETER_TYPES;
    case Name.M_G:
      hasOwnGroup = true;
      return Slot.GROUP;
    case Name.M_V:
      hasOwnVersion = !isBlank(valueAt, valueLength);
      return hasOwnVersion ? Slot.VERSION : -1;
  }
  if (nameLength == 7 && memory.compare(nameAt, VERSION, 7) == 0) {
    versionAt = valueAt;
    versionLength = valueLength;
    return -1;
  }
  if (nameLength != 5 || hasOwnGroup || memory.compare(nameAt, GROUP, 5) != 0) return -1;
  return Slot.GROUP;
}

/** Nothing but spaces (and what is not above them). */
function isBlank(p: usize, n: u32): bool {
  for (let i: u32 = 0; i < n; i++) {
    if (load<u8>(p + i) > 0x20) return false;
  }
  return true;
}

/** Reports the last error among the metadata from `p` to `end`, which `readMeta` has accepted. */
export function readError(p: usize, end: usize, m: Metadata): void {
  while (p < end) {
    p = readPair(p, end);
    if (valueAt == 0 || ownName() != Name.M_E) continue;
    m.errorMessage = valueAt;
    m.errorMessageLength = valueLength;
  }
}
