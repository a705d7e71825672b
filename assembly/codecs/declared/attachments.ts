/** Attachments that fill a part of a frame; protobuf's maps are read with their message. */
import { findByte } from "../../bytes/find";
import { counted, isNull, readPrefix } from "./generated";
import { lengthOf, startOf } from "./registers";

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

/** Who is told of attachments. */
export abstract class Attachments {
  abstract found(name: usize, nameLength: u32, value: usize, n: u32): void;
}

/** A part of the frame that is full of attachments. */
export abstract class Collection {
  constructor(
    /** Register of the part. */
    readonly part: u32,
  ) {}

  /** Tells `to` of all attachments; false: they are malformed. */
  read(to: Attachments): bool {
    const p = startOf(this.part);
    return p == 0 || this.readFrom(p, p + lengthOf(this.part), to);
  }

  protected abstract readFrom(p: usize, end: usize, to: Attachments): bool;
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

  protected readFrom(p: usize, end: usize, to: Attachments): bool {
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
  protected readFrom(p: usize, end: usize, to: Attachments): bool {
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
