/** The part of a method that finds where the elements of a frame lie, and their numbers. */
import type { Description, Element } from "../model.js";
import {
  atName,
  bitsOf,
  type Code,
  isLittle,
  literal,
  loadOf,
  numberName,
  prefixSize,
  shiftOf,
  sizeName,
} from "./code.js";
import { numbersIn, sumOf, testsOf } from "./tests.js";

export interface Goal {
  /** So many elements. */
  count: number;
  /** Numbers, and bytes, that are used behind the walk. */
  names: ReadonlySet<string>;
  /** Elements whose place is used behind the walk. */
  places?: ReadonlySet<number>;
  /** The walk judges a frame whose length is not known yet. */
  measuring?: boolean;
  /** Who sent the frame, as an expression. */
  fromServer: string;
  /** What stands for INCOMPLETE and MALFORMED. */
  incomplete: string;
  malformed: string;
}

/** How many elements have to be known for the frame's length. */
export function measuredOf({ elements, length }: Description): number {
  if (length === undefined) return elements.length;
  const owner = (name: string) =>
    elements.findIndex(
      (one) =>
        one.name === name || (one.type === "number" && one.bits?.some((bit) => bit.name === name)),
    );
  return Math.max(0, ...length.terms.map(({ name }) => owner(name) + 1));
}

/** Bytes that a number or a constant has; undefined: they vary. */
function fixedSize(element: Element): number | undefined {
  if (element.type === "number") return element.size;
  return element.type === "constant" ? element.hex.length / 2 : undefined;
}

export class Walk {
  /** The offset is a constant so far; or it is `at` and `add`. */
  private isConstant = true;
  private add = 0;
  /** So many bytes from the same start are known to be there. */
  private there = 0;
  /** Whether elements of varying size, or none, came before: then the length has to be asked. */
  private isSure = true;
  private readonly measured: number;
  private readonly used: Set<string>;
  private readonly places = new Map<number, string>();

  constructor(
    private readonly description: Description,
    private readonly goal: Goal,
    private readonly code: Code,
  ) {
    this.measured = measuredOf(description);
    this.used = new Set(goal.names);
    const elements = description.elements.slice(0, goal.count);
    for (const element of elements) {
      for (const name of numbersIn(element.when ?? [])) this.used.add(name);
      const sum = element.type === "bytes" ? element.size : undefined;
      for (const { name } of sum?.terms ?? []) this.used.add(name);
    }
    const total = description.length;
    if (goal.measuring === true || this.asksLength()) {
      for (const { name } of total?.terms ?? []) this.used.add(name);
    }
  }

  /** Whether the walk beyond what is measured depends on the frame's length. */
  private asksLength(): boolean {
    const { elements, length } = this.description;
    if (length === undefined) return false;
    const first = elements.findIndex((e) => e.when !== undefined || fixedSize(e) === undefined);
    return first >= 0 && this.goal.count > Math.max(first, this.measured);
  }

  emit(): void {
    const { elements, length } = this.description;
    const { count, measuring } = this.goal;
    for (let i = 0; i < count; i++) {
      const element = elements[i];
      if (element === undefined) break;
      if (i === this.measured && measuring !== true) this.emitLength();
      this.mark(i);
      this.emitElement(element, i);
    }
    if (count <= this.measured && measuring !== true) this.emitLength();
    this.mark(count);
    const isOpen = !this.isSure && elements[count - 1]?.type !== "rest";
    if (isOpen && this.knowsLength(count)) {
      this.code.line(`if (length < ${this.offset()}) return ${this.goal.malformed};`);
    }
    if (measuring === true) {
      this.require(this.add, this.measured, false);
      const least = this.least();
      const total = length === undefined ? this.offset() : sumOf(length);
      this.code.line(`const length: u64 = ${total};`);
      if (length !== undefined || !this.isConstant) {
        const most = this.isConstant ? String(Math.max(least + this.add, 1)) : this.plus(least);
        const bound = this.isConstant ? most : `max<u64>(${most}, 1)`;
        this.code.line(`if (length < ${bound}) return ${this.goal.malformed};`);
      }
    }
  }

  /** The offset where element `i` begins. */
  place(i: number): string {
    return this.places.get(i) ?? "0";
  }

  /** The address where element `i` begins. */
  address(i: number): string {
    const place = this.place(i);
    return /^\d/.test(place) ? `p + ${place}` : `p + <usize>${place}`;
  }

  private emitLength(): void {
    const { length } = this.description;
    if (length === undefined || !this.asksLength()) return;
    this.code.line(`const length: u64 = ${sumOf(length)};`);
  }

  /** Bytes that follow what is measured at least. */
  private least(): number {
    const { elements } = this.description;
    return elements
      .slice(this.measured)
      .filter(({ when }) => when === undefined)
      .reduce((sum, element) => sum + (fixedSize(element) ?? 0), 0);
  }

  private emitElement(element: Element, i: number): void {
    const { name, when } = element;
    if (when === undefined) {
      this.emitPlain(element, i, "const");
      return;
    }
    this.vary();
    this.flush();
    if (this.usesNumber(element) || this.isRead(element, i)) {
      for (const one of this.numbersOf(element)) this.code.line(`let ${numberName(one)}: u64 = 0;`);
    }
    if (this.goal.names.has(name) && fixedSize(element) === undefined) {
      this.code.line(`let ${atName(name)}: usize = 0;`);
      this.code.line(`let ${sizeName(name)}: u32 = 0;`);
    }
    this.code.block(`if (${testsOf(when, this.goal.fromServer)})`, () => {
      this.emitPlain(element, i, "");
      this.flush();
    });
    this.there = 0;
  }

  /** @param declare `const`, or nothing if the variables are there already */
  private emitPlain(element: Element, i: number, declare: "const" | ""): void {
    const size = fixedSize(element);
    if (element.type === "number") this.emitNumber(element, i, declare);
    else if (element.type === "constant") this.emitConstant(element.hex, i);
    else if (element.type === "varint") this.emitCount(element.name, 0, false, declare, i);
    else this.emitBytes(element, i, declare);
    if (size !== undefined) this.add += size;
  }

  private emitNumber(
    element: Element & { type: "number" },
    i: number,
    declare: "const" | "",
  ): void {
    const { name, size, little, signed, is = [] } = element;
    const judged = is.length > 0 && this.judges(i);
    if (!judged && !this.usesNumber(element)) return;
    this.require(this.add + size, i, declare === "const");
    const variable = numberName(name);
    const typed = declare === "const" ? `const ${variable}: u64` : variable;
    this.code.line(`${typed} = ${loadOf(size, little, signed, this.addressHere())};`);
    if (judged) {
      const wrong = is.map((value) => `${variable} != ${literal(value)}`).join(" && ");
      this.code.line(`if (${wrong}) return ${this.goal.malformed};`);
    }
    for (const bit of this.numbersOf(element).slice(1)) {
      const mask = bitsOf(this.description, bit)?.mask ?? 0n;
      const masked = `(${variable} & ${literal(mask)}) >> ${shiftOf(mask)}`;
      this.code.line(
        `${declare === "const" ? `const ${numberName(bit)}: u64` : numberName(bit)} = ${masked};`,
      );
    }
  }

  private emitConstant(hex: string, i: number): void {
    if (!this.judges(i)) return;
    const bytes = [...Buffer.from(hex, "hex")];
    if (this.goal.measuring !== true) this.require(this.add + bytes.length, i, false);
    bytes.forEach((byte, k) => {
      const wrong = `load<u8>(${this.addressHere(k)}) != ${literal(byte)}`;
      const there = this.goal.measuring === true ? `n > ${this.plus(k)} && ` : "";
      this.code.line(`if (${there}${wrong}) return ${this.goal.malformed};`);
    });
  }

  /** A length in front of bytes, or a varint that is a number by itself. */
  private emitCount(
    name: string,
    size: number,
    little: boolean,
    declare: "const" | "",
    i: number,
  ): void {
    const variable = numberName(name);
    const typed = declare === "const" ? `const ${variable}: u64` : variable;
    if (size > 0) {
      this.require(this.add + size, i, false);
      this.code.line(`${typed} = ${loadOf(size, little, false, this.addressHere())};`);
      this.add += size;
      return;
    }
    this.vary();
    this.flush();
    const length = this.knowsLength(i) ? "length" : "u64.MAX_VALUE";
    this.code.line(`at = lib.readCount(p, at, n, ${length});`);
    this.code.line(`if (at == lib.CUT_OFF) return ${this.goal.incomplete};`);
    this.code.line(`if (at == lib.WRONG) return ${this.goal.malformed};`);
    this.code.line(`${typed} = protobuf.value;`);
    this.there = 0;
  }

  private emitBytes(element: Element, i: number, declare: "const" | ""): void {
    const { name } = element;
    let size = "0";
    if (element.type === "prefixed") {
      this.isSure = false;
      this.emitCount(name, prefixSize(element.prefix), isLittle(element.prefix), declare, i);
      size = numberName(name);
    } else if (element.type === "bytes") {
      size = sumOf(element.size);
    }
    const isConstant = element.type === "bytes" && element.size.terms.length === 0;
    this.isSure = false;
    if (element.type === "rest") {
      this.code.line(`if (length < ${this.offset()}) return ${this.goal.malformed};`);
      size = `length - (${this.offset()})`;
    } else if (this.knowsLength(i)) {
      this.code.line(`if (length < ${this.offset()} + ${size}) return ${this.goal.malformed};`);
    }
    if (this.goal.names.has(name)) {
      const [at, n] = [atName(name), sizeName(name)];
      const isConst = declare === "const";
      this.code.line(`${isConst ? `const ${at}: usize` : at} = ${this.addressHere()};`);
      const capped = isConstant ? size : `<u32>min<u64>(${size}, u32.MAX_VALUE)`;
      this.code.line(`${isConst ? `const ${n}: u32` : n} = ${capped};`);
    }
    if (isConstant) {
      this.add += element.size.add;
      return;
    }
    this.vary();
    this.flush();
    this.code.line(element.type === "rest" ? "at = length;" : `at += ${size};`);
    this.there = 0;
  }

  /** Whether the frame's length is known at element `i`. */
  private knowsLength(i: number): boolean {
    const { length } = this.description;
    return this.goal.measuring !== true && length !== undefined && i >= this.measured;
  }

  /** Whether what element `i` must be has not been looked at by `measure`. */
  private judges(i: number): boolean {
    return this.goal.measuring === true || i >= this.measured;
  }

  /** Whether the element's number is read, be it used or not. */
  private isRead(element: Element, i: number): boolean {
    if (element.type === "number") return (element.is ?? []).length > 0 && this.judges(i);
    return element.type === "varint" || element.type === "prefixed";
  }

  private usesNumber(element: Element): boolean {
    if (element.type === "bytes" || element.type === "rest") return false;
    return this.numbersOf(element).some((name) => this.used.has(name));
  }

  /** The element's own number, and those of its bits that are used. */
  private numbersOf(element: Element): string[] {
    const bits = element.type === "number" ? (element.bits ?? []) : [];
    const used = bits.map(({ name }) => name).filter((name) => this.used.has(name));
    return [element.name, ...used];
  }

  /**
   * Makes sure that the bytes up to `end` are there.
   * @param i the element at hand
   * @param ahead those of the elements that follow, too, if nothing can be wrong before they are
   */
  private require(end: number, i: number, ahead: boolean): void {
    if (this.there >= end) return;
    const { elements } = this.description;
    const here = elements[i];
    if (here !== undefined && this.goal.measuring === true && isJudged(here)) ahead = false;
    for (let k = i + 1; ahead && k < this.goal.count; k++) {
      const element = elements[k];
      const size = element && fixedSize(element);
      if (element === undefined || size === undefined || element.when !== undefined) break;
      if (this.goal.measuring === true && isJudged(element)) break;
      end += size;
    }
    this.there = end;
    const { incomplete, malformed } = this.goal;
    const isKnown = !this.isSure && this.knowsLength(i);
    const answer = isKnown ? `length > n ? ${incomplete} : ${malformed}` : incomplete;
    const missing = this.isConstant ? `n < ${end}` : `at + ${end} > n`;
    this.code.line(`if (${missing}) return ${answer};`);
  }

  private mark(i: number): void {
    if (!this.goal.places?.has(i)) return;
    if (this.isConstant) this.places.set(i, String(this.add));
    else {
      this.code.line(`const place_${i}: u64 = ${this.offset()};`);
      this.places.set(i, `place_${i}`);
    }
  }

  /** From here on the offset is a variable. */
  private vary(): void {
    this.isSure = false;
    if (!this.isConstant) return;
    this.code.line(`let at: u64 = ${this.add};`);
    this.isConstant = false;
    this.add = 0;
    this.there = 0;
  }

  private flush(): void {
    if (this.add === 0) return;
    this.code.line(`at += ${this.add};`);
    this.there = Math.max(0, this.there - this.add);
    this.add = 0;
  }

  private offset(): string {
    return this.plus(0);
  }

  private plus(n: number): string {
    const add = this.add + n;
    if (this.isConstant) return String(add);
    return add === 0 ? "at" : `at + ${add}`;
  }

  private addressHere(n = 0): string {
    const add = this.add + n;
    if (this.isConstant) return add === 0 ? "p" : `p + ${add}`;
    return add === 0 ? "p + <usize>at" : `p + <usize>at + ${add}`;
  }
}

/** Whether there are values, or bytes, that the element must not have. */
function isJudged(element: Element): boolean {
  return (
    element.type === "constant" || (element.type === "number" && (element.is ?? []).length > 0)
  );
}
