/** The elements of a frame, in the order of its bytes. */
import { setNumber } from "./registers";
import { Sum, Test, Values } from "./tests";

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

  /** Puts a number, and its bits, into registers. */
  set(register: u32, value: u64): void {
    setNumber(register, value);
    const n = this.bits.length;
    for (let i = 0; i < n; i++) {
      const bits = unchecked(this.bits[i]);
      setNumber(bits.register, (value & bits.mask) >> bits.shift);
    }
  }
}

/** The elements, and what tells a frame's length. */
export class Layout {
  /** Bytes that follow the first `measured` elements at least. */
  readonly least: u32;

  /**
   * @param total the frame's length; null: it ends with its last element
   * @param measured how many elements `total` needs
   */
  constructor(
    readonly elements: StaticArray<Element>,
    readonly total: Sum | null,
    readonly measured: u32,
  ) {
    let least: u32 = 0;
    for (let i: u32 = measured; i < <u32>elements.length; i++) {
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
}
