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
 * Can be routed on. Digits of a double take the longer the further its magnitude is from one;
 * without a bound small frames would cost much. It is that of a `float`.
 */
export function isModest(value: f64): bool {
  const magnitude = abs(value);
  return (magnitude < 1e38 && magnitude > 1e-38) || magnitude == 0;
}

/** @param value a modest one */
export function reportDouble(m: Metadata, name: usize, n: u32, value: f64): bool {
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
