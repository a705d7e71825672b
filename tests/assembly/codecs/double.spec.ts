import { DECIMAL_SIZE } from "../../../assembly/codecs/decimal";
import { decimalOfDouble } from "../../../assembly/codecs/double";

const OUT: usize = memory.data(64);

function text(value: f64): string {
  return String.UTF8.decodeUnsafe(OUT, decimalOfDouble(OUT, value));
}

describe("doubles as text", () => {
  test("whole numbers and fractions, of any size", () => {
    expect(text(0)).toBe("0.0");
    expect(text(-0.0)).toBe("0.0");
    expect(text(1)).toBe("1.0");
    expect(text(-120)).toBe("-120.0");
    expect(text(2.5)).toBe("2.5");
    expect(text(123.456)).toBe("123.456");
    expect(text(1e20)).toBe("100000000000000000000.0");
    expect(text(1e21)).toBe("1e+21");
    expect(text(-1.5e300)).toBe("-1.5e+300");
    expect(text(0.000001)).toBe("0.000001");
    expect(text(0.00000125)).toBe("0.00000125");
    expect(text(1.25e-7)).toBe("1.25e-7");
  });

  test("the ends of what there is", () => {
    expect(text(5e-324)).toBe("5e-324");
    expect(text(2.2250738585072014e-308)).toBe("2.2250738585072014e-308");
    expect(text(f64.MAX_VALUE)).toBe("1.7976931348623157e+308");
    expect(text(NaN)).toBe("NaN");
    expect(text(Infinity)).toBe("Infinity");
    expect(text(-Infinity)).toBe("-Infinity");
  });

  test("the shortest that reads back, and of those the nearest", () => {
    expect(text(0.1 + 0.2)).toBe("0.30000000000000004");
    expect(text(1e23)).toBe("1e+23");
    expect(text(9007199254740993)).toBe("9007199254740992.0");
    expect(text(18014398509481988)).toBe("18014398509481988.0"); // its neighbour is even
    expect(text(1125899906842624.25)).toBe("1125899906842624.2"); // half-way
  });

  test("every power of two, and what is next to it, has room", () => {
    for (let e: u64 = 1; e < 2047; e++) {
      for (let next: i64 = -1; next <= 1; next++) {
        const n = decimalOfDouble(OUT, -reinterpret<f64>((e << 52) + next));
        expect(n).toBeLessThanOrEqual(DECIMAL_SIZE);
      }
    }
  });
});
