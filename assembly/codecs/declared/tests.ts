/** Conditions and sums of a description, on the registers. */
import { numberOf, startOf } from "./registers";

/** A sum of numbers; none of them exceeds 32 bits, so that it can't overflow. */
export class Sum {
  constructor(
    readonly add: u64,
    readonly registers: StaticArray<u32>,
    readonly times: StaticArray<u32>,
  ) {}

  value(): u64 {
    let sum = this.add;
    const n = this.registers.length;
    for (let i = 0; i < n; i++) {
      const number = <u64>(<u32>numberOf(unchecked(this.registers[i])));
      sum += number * unchecked(this.times[i]);
    }
    return sum;
  }
}

/** Values that a number may have. */
export class Values {
  /** Bit n: n is one of them. */
  private readonly low: u64;

  constructor(private readonly all: StaticArray<u64>) {
    let low: u64 = 0;
    for (let i = 0; i < all.length; i++) if (all[i] < 64) low |= (<u64>1) << all[i];
    this.low = low;
  }


  @inline
  has(value: u64): bool {
    return value < 64 ? ((this.low >> value) & 1) != 0 : includes(this.all, value);
  }
}

export enum Ask {
  /** The number is among the values. */
  NUMBER = 0,
  /** The bytes are there. */
  PRESENT = 1,
  ABSENT = 2,
  FROM_CLIENT = 3,
  FROM_SERVER = 4,
}

export class Test {
  constructor(
    readonly ask: Ask,
    readonly register: u32,
    readonly values: Values,
  ) {}

  holds(fromServer: bool): bool {
    switch (this.ask) {
      case Ask.NUMBER:
        return this.values.has(numberOf(this.register));
      case Ask.PRESENT:
        return startOf(this.register) != 0;
      case Ask.ABSENT:
        return startOf(this.register) == 0;
      case Ask.FROM_CLIENT:
        return !fromServer;
      default:
        return fromServer;
    }
  }
}

function includes(values: StaticArray<u64>, value: u64): bool {
  const n = values.length;
  for (let i = 0; i < n; i++) if (unchecked(values[i]) == value) return true;
  return false;
}

/** Whether all hold. */
export function holdAll(tests: StaticArray<Test>, fromServer: bool): bool {
  const n = tests.length;
  for (let i = 0; i < n; i++) if (!unchecked(tests[i]).holds(fromServer)) return false;
  return true;
}
