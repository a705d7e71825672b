/**
 * Doubles as text, exactly and in little code: a double is a fraction of whole numbers, whose digits
 * are those of a division by hand; it ends where they tell the double from its neighbours.
 *
 * Source: "How to Print Floating-Point Numbers Accurately", G. L. Steele and J. L. White, 1990
 * (the free-format algorithm). The layout is that of `Number.toString` in ECMAScript, but whole
 * numbers end with `.0`.
 */
import { decimal } from "./decimal";

/** Bytes of a whole number; the largest, 10 * 2^1076, has 1080 bits. */
const ROOM: usize = 144;
/** The double is `value / whole`; its neighbours are twice `above` and twice `below` away from it. */
let value: usize = memory.data(<i32>ROOM);
/** What is left of `value` is made here; the two change places. */
let rest: usize = memory.data(<i32>ROOM);
const whole: usize = memory.data(<i32>ROOM);
const above: usize = memory.data(<i32>ROOM);
const below: usize = memory.data(<i32>ROOM);
const zero: usize = memory.data(<i32>ROOM);
/** Bytes of them that are in use. */
let size: usize = 0;

const DIGITS: usize = memory.data(17);
/** `NaN`, `Infinity` */
const NAN: usize = memory.data<u8>([0x4e, 0x61, 0x4e]);
const INFINITY: usize = memory.data<u8>([0x49, 0x6e, 0x66, 0x69, 0x6e, 0x69, 0x74, 0x79]);

/**
 * Writes `v` as the shortest decimal that reads back as it, e.g. `2.5`, `1e+21`, `NaN`.
 * @returns bytes written, at most DECIMAL_SIZE
 */
export function decimalOfDouble(out: usize, v: f64): u32 {
  const start = out;
  if (v < 0) store<u8>(out++, 0x2d);
  if (!isFinite(v)) {
    const n: usize = isNaN(v) ? 3 : 8;
    memory.copy(out, isNaN(v) ? NAN : INFINITY, n);
    return <u32>(out + n - start);
  }
  const point = v == 0 ? digitsOfZero() : digitsOf(reinterpret<u64>(v));
  return <u32>(layOut(out, point) - start);
}

/** How many DIGITS there are. */
let count: i32 = 0;

/** The following answer where the point stands: behind so many digits. */
function digitsOfZero(): i32 {
  store<u8>(DIGITS, 0x30);
  count = 1;
  return 1;
}

function digitsOf(bits: u64): i32 {
  const field = <i32>((bits >> 52) & 0x7ff);
  const fraction = bits & 0x000fffffffffffff;
  const significand = field == 0 ? fraction : fraction | 0x0010000000000000;
  const exponent = max(field, 1) - 1075;
  size = ((<usize>(abs(exponent) + 96)) >> 5) << 2;
  const up = max(exponent, 0);
  put(value, significand << 2, up);
  put(above, 2, up);
  put(below, fraction == 0 && field > 1 ? 1 : 2, up);
  put(whole, 4, max(-exponent, 0));
  put(zero, 0, 0);

  // The logarithm of the highest bit, rounded down: the point may stand one place further right.
  let point = (((exponent + 63 - <i32>clz(significand)) * 78913) >> 18) + 1;
  raise(whole, point);
  raise(value, -point);
  raise(above, -point);
  raise(below, -point);
  // A neighbour as near as another double's is this double's if its significand is even.
  const even = (significand & 1) == 0 ? 1 : 0;
  if (sum(value, above, whole) + even > 0) {
    raise(whole, 1);
    point++;
  }
  let isLow: bool, isHigh: bool;
  count = 0;
  do {
    raise(value, 1);
    raise(above, 1);
    raise(below, 1);
    let digit = 0x30;
    while (sum(value, zero, whole) >= 0) {
      const left = rest;
      rest = value;
      value = left;
      digit++;
    }
    isLow = sum(value, zero, below) < even;
    isHigh = sum(value, above, whole) + even > 0;
    // What is nearer; of two that are as near, the even one.
    if (isHigh && (!isLow || sum(value, value, whole) + (digit & 1) > 0)) digit++;
    store<u8>(DIGITS + count++, <u8>digit);
  } while (!isLow && !isHigh);
  return point;
}

/** Makes `number` what `n`, which has at most 55 bits, is when shifted. */
function put(number: usize, n: u64, shift: i32): void {
  memory.fill(number, 0, size);
  store<u64>(number + (shift >> 3), n << (shift & 7));
}

/** Multiplies `number` with this power of ten, or not at all. */
function raise(number: usize, power: i32): void {
  while (power > 0) {
    let factor: u64 = 1;
    for (let i = 0; i < 9 && power > 0; i++, power--) factor *= 10;
    let carry: u64 = 0;
    for (let i: usize = 0; i < size; i += 4) {
      carry += factor * load<u32>(number + i);
      store<u32>(number + i, <u32>carry);
      carry >>= 32;
    }
  }
}

/** Makes `rest` what a + b - c is; answers its sign. */
function sum(a: usize, b: usize, c: usize): i32 {
  let carry: i64 = 0;
  let bits: u32 = 0;
  for (let i: usize = 0; i < size; i += 4) {
    carry += <i64>load<u32>(a + i) + <i64>load<u32>(b + i) - <i64>load<u32>(c + i);
    store<u32>(rest + i, <u32>carry);
    bits |= <u32>carry;
    carry >>= 32;
  }
  return carry < 0 ? -1 : bits != 0 ? 1 : 0;
}

/** Writes the DIGITS with their point; returns the address behind them. */
function layOut(out: usize, point: i32): usize {
  const exponent = point > 21 || point <= -6 ? point - 1 : 0;
  if (exponent != 0) point = 1;
  const end = exponent != 0 ? count : max(count, point + 1);
  for (let i = min(point - 1, 0); i < end; i++) {
    if (i == point) store<u8>(out++, 0x2e);
    store<u8>(out++, <u32>i < <u32>count ? load<u8>(DIGITS + i) : 0x30);
  }
  if (exponent == 0) return out;
  store<u8>(out++, 0x65);
  if (exponent > 0) store<u8>(out++, 0x2b);
  return out + decimal(out, exponent);
}
