/** Follows code (code.ts) over a frame, fills the registers that it names, and has tell.ts report. */
import { load16, load32, load64 } from "../../bytes/order";
import { sameBytes } from "../../bytes/same";
import { Read } from "../codec";
import { Metadata } from "../metadata";
import * as protobuf from "../protobuf";
import { Op, STEP } from "./code";
import { Element, Layout } from "./layout";
import { Messages } from "./messages";
import { loadNumber } from "./numbers";
import { clearRegisters, numberOf, setNumber, setSpan } from "./registers";
import { tell } from "./tell";
import { Sum, Values } from "./tests";
import { Mark } from "./walk";

/** Numbers that count bytes have no more bits: sums of them can't overflow. */
const MOST_COUNTED: u64 = 0xffffffff;

/** One for each description; looks at one frame at a time. */
export class Machine {
  /** The code that finds a frame's length. */
  measuring: StaticArray<u64> = new StaticArray<u64>(0);
  /** Who is told. */
  private metadata!: Metadata;
  private readonly marks: StaticArray<u64> = new StaticArray<u64>(4);
  /** Where the code is, or ended. */
  private offset: u64 = 0;
  /** The length of the frame at hand; MAX_VALUE: it is being found. */
  private length: u64 = 0;
  /** Whether `length` is known. */
  private isKnown: bool = false;

  constructor(
    private readonly layout: Layout,
    private readonly messages: Messages,
  ) {}

  /** The address of a mark in the frame at `p`. */
  @inline
  at(mark: Mark, p: usize): usize {
    return p + <usize>unchecked(this.marks[mark]);
  }

  /** Finds the length of the frame at `p`; after DONE it is in `found`. */
  measure(p: usize, n: u32, fromServer: bool): Read {
    this.isKnown = true;
    this.length = u64.MAX_VALUE;
    const read = this.follow(this.measuring, p, n, fromServer);
    if (read != Read.DONE) return read;
    const layout = this.layout;
    const total = layout.total;
    this.length = total === null ? this.offset : total.value();
    const least = max<u64>(this.offset + layout.least, 1);
    return least > this.length ? Read.MALFORMED : Read.DONE;
  }

  /** The length that was found. */
  get found(): u64 {
    return this.length;
  }

  /**
   * Follows `code` over the frame at `p`, which `measure` has accepted.
   * @param n how many of its bytes are there
   * @param m is told what code reports
   */
  run(code: StaticArray<u64>, p: usize, n: u32, m: Metadata): Read {
    this.metadata = m;
    this.isKnown = false;
    return this.follow(code, p, n, m.fromServer);
  }

  /** The loop over instructions: those of the walk that are common are in it. */
  private follow(code: StaticArray<u64>, p: usize, n: u32, fromServer: bool): Read {
    const first = changetype<usize>(code);
    let offset: u64 = 0;
    let value: u64 = 0;
    let at = first;
    while (true) {
      const op = <i32>load<u16>(at);
      switch (op) {
        case Op.NUMBER1: {
          offset += load<u32>(at, 4);
          if (offset > n) return this.short(offset, p, n, fromServer);
          value = load<u8>(p + <usize>offset - 1);
          setNumber(load<u16>(at, 2), value);
          break;
        }
        case Op.NUMBER2: {
          offset += load<u32>(at, 4);
          if (offset > n) return this.short(offset, p, n, fromServer);
          value = load16(p + <usize>offset - 2);
          setNumber(load<u16>(at, 2), value);
          break;
        }
        case Op.NUMBER4: {
          offset += load<u32>(at, 4);
          if (offset > n) return this.short(offset, p, n, fromServer);
          value = load32(p + <usize>offset - 4);
          setNumber(load<u16>(at, 2), value);
          break;
        }
        case Op.NUMBER8: {
          offset += load<u32>(at, 4);
          if (offset > n) return this.short(offset, p, n, fromServer);
          value = load64(p + <usize>offset - 8);
          setNumber(load<u16>(at, 2), value);
          break;
        }
        case Op.NUMBER: {
          offset += load<u32>(at, 4);
          if (offset > n) return this.short(offset, p, n, fromServer);
          const element = changetype<Element>(load<usize>(at, 8));
          const size = element.size;
          value = loadNumber(p + <usize>offset - size, size, element.little, element.signed);
          setNumber(load<u16>(at, 2), value);
          break;
        }
        case Op.IS:
          if (!changetype<Values>(load<usize>(at, 8)).has(value)) return Read.MALFORMED;
          break;
        case Op.BITS:
          setNumber(load<u16>(at, 2), (value & load<u64>(at, 8)) >> (<u64>load<u32>(at, 4)));
          break;
        case Op.BYTES: {
          const start = offset + load<u32>(at, 4);
          const size = <u64>(<u32>numberOf(load<u32>(at, 8)));
          offset = start + size;
          if (offset > n && offset > this.lengthOf(p, n, fromServer)) return Read.MALFORMED;
          setSpan(load<u16>(at, 2), p + <usize>start, <u32>size);
          break;
        }
        case Op.SKIP: {
          offset += load<u32>(at, 4);
          if (offset > n) return this.short(offset, p, n, fromServer);
          break;
        }
        case Op.CLEAR:
          clearRegisters(load<u16>(at, 2), load<u32>(at, 4));
          break;
        case Op.UNLESS_NUMBER: {
          const values = changetype<Values>(load<usize>(at, 8));
          if (!values.has(numberOf(load<u16>(at, 2)))) at = first + load<u32>(at, 4) - STEP;
          break;
        }
        case Op.UNLESS_SENDER:
          if (fromServer != load<bool>(at, 8)) at = first + load<u32>(at, 4) - STEP;
          break;
        case Op.MARK:
          unchecked((this.marks[load<u32>(at, 4)] = offset));
          break;
        case Op.END:
          this.offset = offset;
          return Read.DONE;
        default: {
          if (op > Op.REST) return tell(first, at, p + n, this.metadata, this.messages);
          const read = this.take(at, offset, p, n, fromServer);
          if (read != Read.DONE) return read;
          offset = this.offset;
        }
      }
      at += STEP;
    }
  }

  /** Follows the instruction at `at`, which takes more than a number; `offset` becomes its end. */
  private take(at: usize, start: u64, p: usize, n: u32, fromServer: bool): Read {
    let offset = start + load<u32>(at, 4);
    switch (<i32>load<u16>(at)) {
      case Op.VARINT: {
        const behind: usize = offset > n ? 0 : protobuf.readVarint(p + <usize>offset, p + <usize>n);
        if (behind == 0) {
          // So long it may become, if the frame is long enough.
          const most = offset + protobuf.VARINT_SIZE;
          if (most > n && this.lengthOf(p, n, fromServer) > n) return Read.INCOMPLETE;
          return Read.MALFORMED;
        }
        const value = protobuf.value;
        if (value > MOST_COUNTED) return Read.MALFORMED;
        offset = <u64>(behind - p);
        setNumber(load<u16>(at, 2), value);
        break;
      }
      case Op.CONSTANT: {
        const element = changetype<Element>(load<usize>(at, 8));
        const size = element.size;
        const begin = offset - size;
        const there: u64 = begin >= n ? 0 : min<u64>(size, n - begin);
        const bytes = changetype<usize>(element.constant);
        if (!sameBytes(p + <usize>begin, bytes, <usize>there)) return Read.MALFORMED;
        if (offset > n) return this.short(offset, p, n, fromServer);
        break;
      }
      case Op.SUM: {
        const begin = offset;
        const size = changetype<Sum>(load<usize>(at, 8)).value();
        offset += size;
        if (offset > n && offset > this.lengthOf(p, n, fromServer)) return Read.MALFORMED;
        // Bytes longer than memory are no frame's that is ever complete.
        setSpan(load<u16>(at, 2), p + <usize>begin, <u32>min<u64>(size, MOST_COUNTED));
        break;
      }
      default: {
        const length = this.lengthOf(p, n, fromServer);
        if (offset > length) return Read.MALFORMED;
        const size = <u32>min<u64>(length - offset, MOST_COUNTED);
        setSpan(load<u16>(at, 2), p + <usize>offset, size);
        offset = length;
        break;
      }
    }
    this.offset = offset;
    return Read.DONE;
  }

  /** What it means that bytes up to `offset` are not there. */
  private short(offset: u64, p: usize, n: u32, fromServer: bool): Read {
    return offset > this.lengthOf(p, n, fromServer) ? Read.MALFORMED : Read.INCOMPLETE;
  }

  /** The frame's length, which most code need not know; 0: there can't be such a frame. */
  private lengthOf(p: usize, n: u32, fromServer: bool): u64 {
    if (!this.isKnown) {
      const read = this.measure(p, n, fromServer);
      if (read == Read.INCOMPLETE) this.length = u64.MAX_VALUE;
      else if (read == Read.MALFORMED) this.length = 0;
    }
    return this.length;
  }
}
