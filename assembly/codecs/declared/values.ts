/** The values that a description takes from a frame: metadata's slots and attachments. */
import { Read } from "../codec";
import { Depth, Metadata, Slot, ValueType } from "../metadata";
import { isPlainUtf8 } from "../utf8";
import { writeDecimal } from "./generated";
import { lengthOf, numberOf, startOf } from "./registers";

export enum From {
  /** A number, in decimal. */
  NUMBER = 0,
  SIGNED = 1,
  /** Bytes of the frame, or an attachment's value. */
  SPAN = 2,
  CONSTANT = 3,
}

export class Source {
  constructor(
    readonly from: From,
    readonly register: u32,
    readonly constant: ArrayBuffer,
  ) {}
}

/** A slot, or an attachment by its name, and where its value may lie: the first that is there. */
export class Value {
  constructor(
    readonly slot: u32,
    readonly name: ArrayBuffer,
    readonly sources: StaticArray<Source>,
  ) {}
}

/** Address and length of the text that `readText` found. */
export let textAt: usize = 0;
export let textLength: u32 = 0;

/**
 * Finds the text of the first source that is there, and not empty; `textAt` is 0 if none is.
 * @param end of what is there of the frame
 * @returns INCOMPLETE: it lies beyond; MALFORMED: it is no text
 */
export function readText(sources: StaticArray<Source>, end: usize, m: Metadata): Read {
  textAt = 0;
  for (let i = 0; i < sources.length; i++) {
    const source = unchecked(sources[i]);
    if (source.from <= From.SIGNED) {
      const value = numberOf(source.register);
      textAt = m.scratchBytes(20);
      if (textAt) textLength = writeDecimal(textAt, value, source.from == From.SIGNED);
      return Read.DONE;
    }
    if (source.from == From.CONSTANT) {
      textAt = changetype<usize>(source.constant);
      textLength = source.constant.byteLength;
      return Read.DONE;
    }
    const p = startOf(source.register);
    const n = lengthOf(source.register);
    if (p == 0 || n == 0) continue;
    if (<u64>p + n > <u64>end) return Read.INCOMPLETE;
    if (!isPlainUtf8(p, n)) return Read.MALFORMED;
    textAt = p;
    textLength = n;
    return Read.DONE;
  }
  return Read.DONE;
}

/** Reports a value, if it is wanted. */
export function reportValue(value: Value, end: usize, m: Metadata): Read {
  const isSlot = value.slot < <u32>Slot.ATTACHMENTS;
  const name = changetype<usize>(value.name);
  const n = <u32>value.name.byteLength;
  if (!isSlot && (m.depth != Depth.ATTACHMENTS || !m.wants(name, n))) return Read.DONE;
  const read = readText(value.sources, end, m);
  if (textAt == 0) return read;
  if (isSlot) m.set(value.slot, textAt, textLength);
  else m.attachment(name, n, textAt, textLength, ValueType.STRING);
  return read;
}

/** Whether the bytes of a register lie before `end`; none do. */
export function isThere(register: u32, end: usize): bool {
  return <u64>startOf(register) + lengthOf(register) <= <u64>end;
}
