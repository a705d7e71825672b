/** Attachments that fill a part of a frame; protobuf's maps are read with their message. */
import { findByte } from "../../bytes/find";
import { firstBytes } from "../../bytes/first";
import { sameBytes } from "../../bytes/same";
import { Metadata } from "../metadata";
import { counted, isNull, readPrefix, report } from "./generated";
import { lengthOf, setSpan, startOf } from "./registers";

const FEED: u8 = 0x0a;

/** The length in front of a name or a value: of `size` bytes, or (0) a varint. */
export class Prefix {
  constructor(
    readonly size: u32,
    readonly little: bool,
  ) {}

  /** Reads the length at `p` into `counted`; 0: it exceeds `end`, or what it counts does. */
  @inline
  read(p: usize, end: usize): usize {
    return readPrefix(p, end, this.size, this.little);
  }
}

/** A register for the value of the attachment `name`. */
export class Lookup {
  readonly length: u32;
  readonly first: u64;

  constructor(
    readonly register: u32,
    readonly name: ArrayBuffer,
  ) {
    this.length = name.byteLength;
    this.first = firstBytes(changetype<usize>(name), name.byteLength);
  }
}

/** Tells of attachments: the registers that ask for one by name, and whoever wants them. */
export class Finder {
  /** Who is told; null: nobody but the registers. */
  metadata: Metadata | null = null;

  /** By the length of a name, modulo 64: bit n, `lookups[n]` may be it. */
  private readonly byLength: StaticArray<u64> = new StaticArray<u64>(64);

  constructor(readonly lookups: StaticArray<Lookup>) {
    for (let i = 0; i < lookups.length; i++) {
      this.byLength[lookups[i].length & 63] |= (<u64>1) << i;
    }
  }

  found(name: usize, nameLength: u32, value: usize, n: u32): void {
    const likely = unchecked(this.byLength[nameLength & 63]);
    if (likely != 0) this.lookUp(likely, name, nameLength, value, n);
    const m = this.metadata;
    if (m !== null) report(m, name, nameLength, value, n);
  }

  private lookUp(likely: u64, name: usize, nameLength: u32, value: usize, n: u32): void {
    const first = firstBytes(name, nameLength);
    for (; likely != 0; likely &= likely - 1) {
      const lookup = unchecked(this.lookups[<i32>ctz(likely)]);
      if (lookup.first != first || lookup.length != nameLength) continue;
      if (nameLength <= 8 || sameBytes(changetype<usize>(lookup.name), name, nameLength)) {
        setSpan(lookup.register, value, n);
        return;
      }
    }
  }
}

/** A part of the frame that is full of attachments. */
export abstract class Collection {
  constructor(
    /** Register of the part. */
    readonly part: u32,
  ) {}

  /** Tells `to` of all attachments; false: they are malformed. */
  read(to: Finder): bool {
    const p = startOf(this.part);
    return p == 0 || this.readFrom(p, p + lengthOf(this.part), to);
  }

  protected abstract readFrom(p: usize, end: usize, to: Finder): bool;
}

/** A name and a value in turn, each after its length. */
export class Pairs extends Collection {
  constructor(
    part: u32,
    readonly name: Prefix,
    readonly value: Prefix,
  ) {
    super(part);
  }

  protected readFrom(p: usize, end: usize, to: Finder): bool {
    while (p < end) {
      const name = this.name.read(p, end);
      if (name == 0) return false;
      const nameLength = <u32>counted;
      const hasName = !isNull;
      const value = this.value.read(name + nameLength, end);
      if (value == 0) return false;
      if (hasName && !isNull) to.found(name, nameLength, value, <u32>counted);
      p = value + <usize>counted;
    }
    return true;
  }
}

/** A name and a value in turn, each with a line feed behind it, which the last one may lack. */
export class Lines extends Collection {
  protected readFrom(p: usize, end: usize, to: Finder): bool {
    while (p < end) {
      const nameEnd = findByte(p, end, FEED);
      if (nameEnd == end) return false;
      const valueEnd = findByte(nameEnd + 1, end, FEED);
      to.found(p, <u32>(nameEnd - p), nameEnd + 1, <u32>(valueEnd - nameEnd - 1));
      p = valueEnd + 1;
    }
    return true;
  }
}
