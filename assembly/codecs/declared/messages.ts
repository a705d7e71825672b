/** Reads the fields of protobuf messages that a description uses, in one pass over each message. */
import * as protobuf from "../protobuf";
import { Finder } from "./attachments";
import { keyAt, keySize, readEntry, valueAt, valueSize } from "./generated";
import { setNumber, setSpan } from "./registers";

export enum As {
  NUMBER = 0,
  BYTES = 1,
  /** Entries of key 1, value 2. */
  MAP = 2,
}

export class Leaf {
  constructor(
    /** Index of the element that holds the message. */
    readonly part: u32,
    readonly register: u32,
    readonly as: As,
    /** Field numbers, from the outside in. */
    readonly path: StaticArray<u64>,
  ) {}
}

export class Messages {
  /** Where the number of the leaf `watched` was read last: its value's bytes. */
  watched: u32 = u32.MAX_VALUE;
  watchedAt: usize = 0;
  watchedEnd: usize = 0;

  /** On each level, by a field's number modulo 32: the leaves that it may be or lead to. */
  private readonly byField: StaticArray<u32>;

  /**
   * @param leaves at most 32
   * @param finder is told of the entries of maps, which are attachments
   */
  constructor(
    readonly leaves: StaticArray<Leaf>,
    readonly finder: Finder,
  ) {
    let levels = 0;
    for (let i = 0; i < leaves.length; i++) levels = max(levels, leaves[i].path.length);
    this.byField = new StaticArray<u32>(32 * levels);
    for (let i = 0; i < leaves.length; i++) {
      const path = leaves[i].path;
      for (let d = 0; d < path.length; d++) {
        this.byField[32 * d + <i32>(path[d] & 31)] |= (<u32>1) << i;
      }
    }
  }

  forgetWatched(): void {
    this.watchedAt = 0;
    this.watchedEnd = 0;
  }

  /** Reads the leaves in `mask` of the message from `p` to `end`; false: it is malformed. */
  read(p: usize, end: usize, mask: u32, depth: i32): bool {
    const byField = this.byField;
    while (p < end) {
      const start = p;
      let tag: u32 = 0;
      let at: usize = 0;
      let n: u32 = 0;
      // Most fields are bytes whose tag and length have one byte each.
      const head: u32 = end - p > 1 ? load<u16>(p) : 0;
      if ((head & 0x8087) == <u32>protobuf.Wire.BYTES && (head & 0x78) != 0) {
        tag = head & 0x7f;
        at = p + 2;
        n = head >> 8;
        if (end - at < n) return false;
        p = at + n;
      } else {
        p = protobuf.readField(p, end);
        if (p == 0) return false;
        tag = protobuf.tag;
        at = protobuf.at;
        n = protobuf.length;
      }
      let inner: u32 = 0;
      let rest = mask & unchecked(byField[32 * depth + ((tag >> 3) & 31)]);
      for (; rest != 0; rest &= rest - 1) {
        const i = ctz(rest);
        const leaf = unchecked(this.leaves[i]);
        if (<u32>unchecked(leaf.path[depth]) != tag >> 3) continue;
        if (leaf.path.length > depth + 1) inner |= (<u32>1) << i;
        else if ((tag & 7) != <u32>protobuf.Wire.BYTES) this.takeNumber(leaf, start, p);
        else if (leaf.as == As.BYTES) setSpan(leaf.register, at, n);
        else if (leaf.as == As.MAP && !this.takeEntry(at, at + n)) return false;
      }
      if (inner != 0 && (tag & 7) == <u32>protobuf.Wire.BYTES) {
        if (!this.read(at, at + n, inner, depth + 1)) return false;
      }
    }
    return true;
  }

  /** Takes the number from `start` to `end`, which was read last. */
  private takeNumber(leaf: Leaf, start: usize, end: usize): void {
    if (leaf.as != As.NUMBER) return;
    setNumber(leaf.register, protobuf.value);
    if (leaf.register != this.watched) return;
    let at = start;
    while (load<u8>(at++) >= 0x80) {}
    this.watchedAt = at;
    this.watchedEnd = end;
  }

  private takeEntry(p: usize, end: usize): bool {
    if (!readEntry(p, end)) return false;
    this.finder.found(keyAt, keySize, valueAt, valueSize);
    return true;
  }
}
