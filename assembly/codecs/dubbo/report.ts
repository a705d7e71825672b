/** Reports attachment values that are no strings. Each answers false if there is no room. */
import { DECIMAL_SIZE, decimal } from "../decimal";
import { decimalOfDouble } from "../double";
import { Metadata, Slot, ValueType } from "../metadata";
import { FALSE, isGroup, TRUE } from "./protocol";

export function reportInteger(m: Metadata, name: usize, n: u32, value: i64): bool {
  const out = m.scratchBytes(DECIMAL_SIZE);
  if (out == 0) return false;
  m.attachment(name, n, out, decimal(out, value), ValueType.NUMBER);
  return true;
}

/**
 * Beyond it, or below its reciprocal, a double is not routed on: its digits take the longer the
 * further its magnitude is from one, and small frames would cost much. It is about a `float`'s.
 */
const LARGEST: f64 = 1e38;

/** @param end behind the value, which is at `p` in the frame */
export function reportDouble(
  m: Metadata,
  name: usize,
  n: u32,
  value: f64,
  p: usize,
  end: usize,
): bool {
  const magnitude = abs(value);
  if (!(magnitude < LARGEST && magnitude > 1 / LARGEST) && magnitude != 0) {
    m.attachment(name, n, p, <u32>(end - p), ValueType.ENCODED);
    return true;
  }
  const out = m.scratchBytes(DECIMAL_SIZE);
  if (out == 0) return false;
  m.attachment(name, n, out, decimalOfDouble(out, value), ValueType.NUMBER);
  return true;
}

export function reportBool(m: Metadata, name: usize, n: u32, value: bool): bool {
  m.attachment(name, n, value ? TRUE : FALSE, value ? 4 : 5, ValueType.BOOL);
  return true;
}

/** Reports a string, which for the name `group` also is the service's group. */
export function reportText(m: Metadata, name: usize, n: u32, p: usize, length: u32): bool {
  if (isGroup(name, n)) m.set(Slot.GROUP, p, length);
  m.attachment(name, n, p, length, ValueType.STRING);
  return true;
}

/** Is the value of the attachment `name` of use? */
@inline
export function isOfUse(m: Metadata, name: usize, n: u32): bool {
  return m.wants(name, n) || isGroup(name, n);
}
