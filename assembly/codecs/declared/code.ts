/**
 * What a description comes to: a flat list of instructions for each purpose, made once by
 * assemble.ts and followed by machine.ts for every frame. An instruction has 16 bytes:
 *
 *     0    2          4              8                        16
 *     +----+----------+--------------+------------------------+
 *     | op | register | a            | b                      |
 *     +----+----------+--------------+------------------------+
 *
 * What takes bytes of the frame steps over `a` bytes first, of which nothing has to be known. What
 * `b` points to (Element, Values, Sum, …) is kept by the program. Code only ever goes forward.
 */
import { Ask, Test } from "./tests";

export enum Op {
  /** All is done. */
  END = 0,
  // --- the walk over elements
  /** An unsigned number of one, two, four or eight bytes in network order; `a` includes them. */
  NUMBER1 = 1,
  NUMBER2 = 2,
  NUMBER4 = 3,
  NUMBER8 = 4,
  /** Any other number; `b` is its Element. `a` includes it, too. */
  NUMBER = 5,
  /** The number that was read last must be among the Values `b`. */
  IS = 6,
  /** Bits `b` of the number that was read last, shifted down by `a`. */
  BITS = 7,
  /** Bytes, as many as the register `b` has. */
  BYTES = 8,
  SKIP = 9,
  /** Nothing is in `a` registers. */
  CLEAR = 10,
  /** Keeps the offset as mark `a`. */
  MARK = 11,
  VARINT = 12,
  /** The very bytes of the Element `b`; `a` includes them. */
  CONSTANT = 13,
  /** Bytes, as many as the Sum `b` says. */
  SUM = 14,
  REST = 15,
  // --- what registers tell
  /** If bytes are in the register: they are the text of slot `b`; go to `a`. */
  TEXT = 16,
  /** Reports the Value `b`. */
  VALUE = 17,
  /** Reads leaves `b` of the protobuf message in the register. */
  MESSAGE = 18,
  /** Reads the Collection `b`. */
  COLLECTION = 19,
  /** Bits `b` of the register's number, shifted up by `a`, belong to the context of a reply. */
  CONTEXT = 20,
  /** The frame is of kind `a`, and a reply if `b`; END. */
  KIND = 21,
  /** The frame is of no kind. */
  MALFORMED = 22,
  /** Go to `a` unless the register has bytes, */
  UNLESS_PRESENT = 23,
  /** or has none. */
  UNLESS_ABSENT = 24,
  // --- in both: go to `a` (bytes from the first instruction)
  /** unless the register's number is among the Values `b`, */
  UNLESS_NUMBER = 25,
  /** or the server has sent the frame, as `b` says. */
  UNLESS_SENDER = 26,
}

/** Bytes of an instruction. */
export const STEP: usize = 16;

/** Instructions while they are being written. */
export class Code {
  private readonly words: u64[] = [];

  /** Writes an instruction. */
  add(op: Op, register: u32 = 0, a: u32 = 0, b: u64 = 0): void {
    this.words.push((<u64>op) | ((<u64>register) << 16) | ((<u64>a) << 32));
    this.words.push(b);
  }

  /** How many instructions there are: the index of the next one. */
  get here(): i32 {
    return this.words.length >> 1;
  }

  /** Writes the jumps that are taken unless all tests hold; `land` says where to. */
  unless(tests: StaticArray<Test>): void {
    for (let i = 0; i < tests.length; i++) {
      const register = tests[i].register;
      const ask = tests[i].ask;
      if (ask == Ask.NUMBER) {
        this.add(Op.UNLESS_NUMBER, register, 0, changetype<usize>(tests[i].values));
      } else if (ask >= Ask.FROM_CLIENT) {
        this.add(Op.UNLESS_SENDER, 0, 0, ask == Ask.FROM_SERVER ? 1 : 0);
      } else {
        this.add(ask == Ask.PRESENT ? Op.UNLESS_PRESENT : Op.UNLESS_ABSENT, register);
      }
    }
  }

  /** Lets the instructions from `first` to `last` (exclusive) go to the next one. */
  land(first: i32, last: i32): void {
    const target = <u64>this.here * STEP;
    for (let i = first; i < last; i++) this.words[2 * i] |= target << 32;
  }

  /** The instructions, ready to be followed. */
  finish(): StaticArray<u64> {
    return StaticArray.fromArray(this.words);
  }
}
