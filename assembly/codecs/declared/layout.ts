/** The elements of a frame, and the walk over them that finds where each lies. */
import { load16, load32 } from "../../bytes/order";
import { sameBytes } from "../../bytes/same";
import { Read } from "../codec";
import * as protobuf from "../protobuf";
import { loadNumber } from "./numbers";
import { numberOf, setNumber, setSpan } from "./registers";
import { holdAll, Sum, Test, Values } from "./tests";

export enum Type {
  NUMBER = 0,
  VARINT = 1,
  /** These very bytes. */
  CONSTANT = 2,
  /** So many bytes as a sum says. */
  BYTES = 3,
  /** All bytes up to the frame's end. */
  REST = 4,
  /** A length, then so many bytes. */
  PREFIXED = 5,
}

/** Masked bits of a number, which have a register of their own. */
export class Bits {
  readonly shift: u64;
  constructor(
    readonly register: u32,
    readonly mask: u64,
  ) {
    this.shift = ctz(mask);
  }
}

export class Element {
  when: StaticArray<Test> | null = null;
  /** Bytes of a NUMBER or CONSTANT, or of the length in front of a PREFIXED; 0: a varint. */
  size: u32 = 0;
  little: bool = false;
  signed: bool = false;
  /** The values that a NUMBER may have. */
  is: Values | null = null;
  bits: StaticArray<Bits> = new StaticArray<Bits>(0);
  /** The bytes of a CONSTANT. */
  constant: ArrayBuffer = new ArrayBuffer(0);
  /** How many bytes BYTES are. */
  sum: Sum | null = null;
  /** Of an unsigned number of one, two or four bytes in network order its size; else 0. */
  quick: u32 = 0;
  /** A number of which all values are good, and that has no bits with names. */
  isPlain: bool = true;

  constructor(readonly type: Type) {}

  get hasBytes(): bool {
    return this.type >= Type.BYTES;
  }

  /** Whether the register is that of the element itself, which is `own`, or of bits of it. */
  has(register: u32, own: u32): bool {
    if (register == own) return true;
    for (let i = 0; i < this.bits.length; i++) {
      if (this.bits[i].register == register) return true;
    }
    return false;
  }

  /** Puts a number, and its bits, into registers; false: it is none that may be. */
  set(register: u32, value: u64): bool {
    setNumber(register, value);
    const n = this.bits.length;
    for (let i = 0; i < n; i++) {
      const bits = unchecked(this.bits[i]);
      setNumber(bits.register, (value & bits.mask) >> bits.shift);
    }
    const is = this.is;
    return is === null || is.has(value);
  }
}

/** Numbers that count bytes have no more bits: sums of them can't overflow. */
const MOST_COUNTED: u64 = 0xffffffff;

export class Layout {
  /** Where the walk is: the element that comes next, and its offset. */
  private next: u32 = 0;
  private offset: u64 = 0;
  /** Of the frame, from `begin` on. */
  length: u64 = 0;
  /** Where each element begins. */
  private readonly offsets: StaticArray<u32>;
  /** Bytes that follow the first `measured` elements at least. */
  private readonly least: u32;

  /**
   * @param total the frame's length; null: it ends with its last element
   * @param measured how many elements `total` needs
   */
  constructor(
    readonly elements: StaticArray<Element>,
    readonly total: Sum | null,
    readonly measured: u32,
  ) {
    const n = elements.length;
    this.offsets = new StaticArray<u32>(n + 1);
    let least: u32 = 0;
    for (let i = measured; i < <u32>n; i++) {
      if (elements[i].when === null && !elements[i].hasBytes) least += elements[i].size;
    }
    this.least = least;
  }

  /** Bytes of a frame's start that tell its length, if no bytes of varying number lie in it. */
  get header(): u32 {
    let sum: u32 = 0;
    for (let i: u32 = 0; i < this.measured; i++) {
      const element = unchecked(this.elements[i]);
      if (element.when === null) sum += max<u32>(element.size, element.type == Type.VARINT ? 1 : 0);
    }
    return max<u32>(sum, 1);
  }

  /** Walks as far as the length needs; after DONE it is in `length`. */
  begin(p: usize, n: u32, fromServer: bool): Read {
    this.next = 0;
    this.offset = 0;
    this.length = u64.MAX_VALUE;
    const read = this.walk(p, n, this.measured, fromServer);
    if (read != Read.DONE) return read;
    const total = this.total;
    this.length = total === null ? this.offset : total.value();
    const least = max<u64>(this.offset + this.least, 1);
    return least > this.length ? Read.MALFORMED : Read.DONE;
  }

  /** Walks on until `count` elements are known, of a frame of which `n` bytes are there. */
  walk(p: usize, n: u32, count: u32, fromServer: bool): Read {
    const elements = this.elements;
    const offsets = this.offsets;
    const limit = min<u64>(n, this.length);
    let i = this.next;
    let offset = this.offset;
    for (; count > i; i++) {
      const element = unchecked(elements[i]);
      unchecked((offsets[i] = <u32>offset));
      const when = element.when;
      if (when !== null && !holdAll(when, fromServer)) {
        element.set(i, 0);
        setSpan(i, 0, 0);
        continue;
      }
      if (element.type == Type.NUMBER && limit >= offset + element.size) {
        const at = p + <usize>offset;
        let value: u64 = 0;
        switch (element.quick) {
          case 1:
            value = load<u8>(at);
            break;
          case 2:
            value = <u64>load16(at);
            break;
          case 4:
            value = <u64>load32(at);
            break;
          default:
            value = loadNumber(at, element.size, element.little, element.signed);
        }
        offset += element.size;
        if (element.isPlain) setNumber(i, value);
        else if (!element.set(i, value)) return Read.MALFORMED;
        continue;
      }
      this.next = i;
      this.offset = offset;
      const read = this.take(element, p, n);
      if (read != Read.DONE) return read;
      offset = this.offset;
    }
    this.next = i;
    this.offset = offset;
    unchecked((offsets[i] = <u32>offset));
    return Read.DONE;
  }

  /** Takes the element at `offset`: one that is no number, or a number that is not all there. */
  private take(element: Element, p: usize, n: u32): Read {
    const start = this.offset;
    let size: u64 = element.size;
    switch (element.type) {
      case Type.NUMBER:
        return this.has(size, n);
      case Type.CONSTANT: {
        const there = start >= n ? 0 : min<u64>(size, n - start);
        const at = p + <usize>start;
        if (!sameBytes(at, changetype<usize>(element.constant), <usize>there)) {
          return Read.MALFORMED;
        }
        const read = this.has(size, n);
        if (read != Read.DONE) return read;
        break;
      }
      case Type.VARINT:
      case Type.PREFIXED: {
        const read = this.takePrefix(element, p, n);
        if (read != Read.DONE || element.type == Type.VARINT) return read;
        size = numberOf(this.next);
        if (size > this.length - this.offset) return Read.MALFORMED;
        break;
      }
      case Type.BYTES: {
        size = element.sum!.value();
        if (size > this.length - start) return Read.MALFORMED;
        break;
      }
      default:
        size = this.length - start;
    }
    // Bytes longer than memory are no frame's that is ever complete.
    setSpan(this.next, p + <usize>this.offset, <u32>min<u64>(size, MOST_COUNTED));
    this.offset += size;
    return Read.DONE;
  }

  /** Reads a varint, or the length in front of bytes, and steps over it. */
  private takePrefix(element: Element, p: usize, n: u32): Read {
    const at = p + <usize>this.offset;
    let value: u64 = 0;
    if (element.size > 0) {
      const read = this.has(element.size, n);
      if (read != Read.DONE) return read;
      value = loadNumber(at, element.size, element.little, false);
      this.offset += element.size;
    } else {
      const end = p + <usize>min<u64>(n, this.length);
      const behind: usize = this.offset > n ? 0 : protobuf.readVarint(at, end);
      if (behind == 0) {
        const most = this.offset + protobuf.VARINT_SIZE;
        return most > n && this.length > n ? Read.INCOMPLETE : Read.MALFORMED;
      }
      value = protobuf.value;
      this.offset += <u64>(behind - at);
    }
    if (value > MOST_COUNTED) return Read.MALFORMED;
    element.set(this.next, value);
    return Read.DONE;
  }

  /** Are the next `size` bytes there? */
  private has(size: u64, n: u32): Read {
    if (size > this.length - this.offset) return Read.MALFORMED;
    return this.offset + size > n ? Read.INCOMPLETE : Read.DONE;
  }

  /** Where element `i`, which has been walked to, begins, or would begin. */
  @inline
  at(i: u32, p: usize): usize {
    return p + unchecked(this.offsets[i]);
  }
}
