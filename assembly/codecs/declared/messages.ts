/** Reads the fields of protobuf messages that a description uses, in one pass over each message. */
import * as protobuf from "../protobuf";
import { keyAt, keySize, readEntry, valueAt, valueSize } from "./generated";
import { setNumber, setSpan } from "./registers";

export enum As {
  NUMBER = 0,
  BYTES = 1,
  /** Entries of key 1, value 2; each is given to `onEntry`. */
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

export abstract class Messages {
  /** Where the number of the leaf `watched` was read last: its value's bytes. */
  watched: u32 = u32.MAX_VALUE;
  watchedAt: usize = 0;
  watchedEnd: usize = 0;

  /** On each level, by a field's number modulo 32: the leaves that it may be or lead to. */
  private readonly byField: StaticArray<u32>;

  /** At most 32. */
  constructor(readonly leaves: StaticArray<Leaf>) {
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

  /** An entry of a map, by address and length. */
  protected abstract onEntry(name: usize, nameLength: u32, value: usize, n: u32): void;

  /** Forgets what was read of all messages. */
  forget(): void {
    this.watchedAt = 0;
    this.watchedEnd = 0;
    for (let i = 0; i < this.leaves.length; i++) {
      const register = unchecked(this.leaves[i]).register;
      setNumber(register, 0);
      setSpan(register, 0, 0);
    }
  }

  /** Reads the leaves in `mask` of the message from `p` to `end`; false: it is malformed. */
  read(p: usize, end: usize, mask: u32, depth: i32): bool {
    while (p < end) {
      const start = p;
      p = protobuf.readField(p, end);
      if (p == 0) return false;
      const tag = protobuf.tag;
      const at = protobuf.at;
      const n = protobuf.length;
      let inner: u32 = 0;
      let rest = mask & unchecked(this.byField[32 * depth + ((tag >> 3) & 31)]);
      for (; rest != 0; rest &= rest - 1) {
        const i = ctz(rest);
        const leaf = unchecked(this.leaves[i]);
        if (<u32>unchecked(leaf.path[depth]) != tag >> 3) continue;
        if (leaf.path.length > depth + 1) inner |= (<u32>1) << i;
        else if (!this.take(leaf, tag & 7, start, p)) return false;
      }
      if (inner != 0 && (tag & 7) == <u32>protobuf.Wire.BYTES) {
        if (!this.read(at, at + n, inner, depth + 1)) return false;
      }
    }
    return true;
  }

  /** Takes the field from `start` to `end`, which was read last. */
  private take(leaf: Leaf, wire: u32, start: usize, end: usize): bool {
    const isBytes = wire == <u32>protobuf.Wire.BYTES;
    if (leaf.as == As.NUMBER) {
      if (isBytes) return true;
      setNumber(leaf.register, protobuf.value);
      if (leaf.register == this.watched) {
        let at = start;
        while (load<u8>(at++) >= 0x80) {}
        this.watchedAt = at;
        this.watchedEnd = end;
      }
      return true;
    }
    if (!isBytes) return true;
    if (leaf.as == As.MAP) return this.takeEntry(protobuf.at, protobuf.at + protobuf.length);
    setSpan(leaf.register, protobuf.at, protobuf.length);
    return true;
  }

  private takeEntry(p: usize, end: usize): bool {
    if (!readEntry(p, end)) return false;
    this.onEntry(keyAt, keySize, valueAt, valueSize);
    return true;
  }
}
