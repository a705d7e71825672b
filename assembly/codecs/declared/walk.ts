/** The walk over the elements of a frame, as code. */
import { Code, Op } from "./code";
import { Element, Layout, Type } from "./layout";
import { MOST_REGISTERS } from "./registers";
import { Ask, Sum, Test } from "./tests";

/** Offsets that code keeps. */
export enum Mark {
  /** Where the bytes that decide the metadata begin, and end. */
  HEAD = 0,
  HEAD_END = 1,
  /** And those of them that do not. */
  HOLE = 2,
  HOLE_END = 3,
}

/**
 * What is needed of the elements is said first; then `write` makes the code that finds just that,
 * and steps over all else.
 */
export class Walk {
  /** How many elements it covers at least. */
  count: u32 = 0;
  /** Registers that are needed. */
  private readonly live: StaticArray<bool> = new StaticArray<bool>(MOST_REGISTERS);
  /** The element that each mark stands before; -1: none. */
  private readonly marks: StaticArray<i32> = [-1, -1, -1, -1];
  /** Bytes to step over, so far, of which nothing has to be known. */
  private skipped: u32 = 0;
  /** The constants, and the values, of so many elements are known to be right. */
  private readonly checked: u32;

  /**
   * @param isMeasured it is for frames that have been measured
   */
  constructor(
    private readonly code: Code,
    private readonly layout: Layout,
    isMeasured: bool,
  ) {
    // Who has sent a frame is not known when it is measured.
    this.checked = isMeasured && !asksWhoSent(layout) ? layout.measured : 0;
  }

  /** The number or bytes of a register; of none if it is -1. */
  need(register: i32): void {
    if (register >= 0) this.live[register] = true;
  }

  /** What conditions ask for. */
  needTests(tests: StaticArray<Test>): void {
    for (let i = 0; i < tests.length; i++) this.need(tests[i].register);
  }

  /** The numbers of a sum. */
  needSum(sum: Sum): void {
    for (let i = 0; i < sum.registers.length; i++) this.need(sum.registers[i]);
  }

  /** The offset of element `element`, or behind the last one. */
  mark(mark: Mark, element: u32): void {
    this.marks[mark] = element;
    this.count = max(this.count, element);
  }

  /** Writes the code: an element of which nothing is needed is stepped over with the next one. */
  write(): void {
    const elements = this.layout.elements;
    const count = this.count;
    for (let i: u32 = 0; i < count; i++) {
      const when = elements[i].when;
      if (when !== null) this.needTests(when);
      const sum = elements[i].sum;
      if (sum !== null) this.needSum(sum);
    }
    for (let i: u32 = 0; i < count; i++) {
      this.putMarks(i);
      this.element(elements[i], i);
    }
    this.flush();
    this.putMarks(count);
  }

  private putMarks(element: u32): void {
    for (let i = 0; i < this.marks.length; i++) {
      if (this.marks[i] != <i32>element) continue;
      this.flush();
      this.code.add(Op.MARK, 0, i);
    }
  }

  private element(element: Element, i: u32): void {
    const when = element.when;
    if (when === null) {
      this.take(element, i);
      return;
    }
    this.flush();
    this.clear(element, i);
    const first = this.code.here;
    this.code.unless(when);
    const last = this.code.here;
    this.take(element, i);
    this.flush();
    this.code.land(first, last);
  }

  /** An element that may be absent leaves nothing in its registers, then. */
  private clear(element: Element, i: u32): void {
    if (this.live[i]) this.code.add(Op.CLEAR, i, 1);
    for (let b = 0; b < element.bits.length; b++) {
      const register = element.bits[b].register;
      if (this.live[register]) this.code.add(Op.CLEAR, register, 1);
    }
  }

  private take(element: Element, i: u32): void {
    switch (element.type) {
      case Type.NUMBER:
        this.number(element, i);
        break;
      case Type.CONSTANT:
        if (i < this.checked) this.skipped += element.size;
        else this.step(Op.CONSTANT, 0, element.size, changetype<usize>(element));
        break;
      case Type.VARINT:
        this.step(Op.VARINT, i, 0, 0);
        break;
      case Type.PREFIXED:
        if (element.size > 0) this.load(element, i);
        else this.step(Op.VARINT, i, 0, 0);
        this.step(Op.BYTES, i, 0, i);
        break;
      case Type.BYTES:
        this.bytes(element.sum!, i);
        break;
      default:
        this.step(Op.REST, i, 0, 0);
    }
  }

  private number(element: Element, i: u32): void {
    const bits = element.bits;
    const is = element.is;
    const isChecked = is === null || i < this.checked;
    let isLive = this.live[i] || !isChecked;
    for (let b = 0; b < bits.length; b++) isLive = isLive || this.live[bits[b].register];
    if (!isLive) {
      this.skipped += element.size;
      return;
    }
    this.load(element, i);
    for (let b = 0; b < bits.length; b++) {
      const one = bits[b];
      if (!this.live[one.register]) continue;
      this.code.add(Op.BITS, one.register, <u32>one.shift, one.mask);
    }
    if (!isChecked) this.code.add(Op.IS, 0, 0, changetype<usize>(is));
  }

  private load(element: Element, i: u32): void {
    const isPlain = !element.signed && (!element.little || element.size == 1);
    const op = isPlain && popcnt(element.size) == 1 ? Op.NUMBER1 + ctz(element.size) : Op.NUMBER;
    this.step(op, i, element.size, changetype<usize>(element));
  }

  private bytes(sum: Sum, i: u32): void {
    if (sum.add == 0 && sum.registers.length == 1 && sum.times[0] == 1)
      this.step(Op.BYTES, i, 0, sum.registers[0]);
    else this.step(Op.SUM, i, 0, changetype<usize>(sum));
  }

  /** An instruction that takes `size` bytes at least. */
  private step(op: Op, register: u32, size: u32, b: u64): void {
    this.code.add(op, register, this.skipped + size, b);
    this.skipped = 0;
  }

  private flush(): void {
    if (this.skipped > 0) this.step(Op.SKIP, 0, 0, 0);
  }
}

/** Whether any element is there only where the client, or the server, has sent the frame. */
function asksWhoSent(layout: Layout): bool {
  const elements = layout.elements;
  for (let i = 0; i < elements.length; i++) {
    const when = elements[i].when;
    if (when === null) continue;
    for (let t = 0; t < when.length; t++) if (when[t].ask >= Ask.FROM_CLIENT) return true;
  }
  return false;
}
