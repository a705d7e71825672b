/** Numbers of Hessian 2. */
import { load16, load32, load64 } from "../../bytes/order";
import { failed, SHORT, WRONG } from "../position";

/** The integer that `readInt` or `integerAt` read last. */
export let integer: i64 = 0;

/** Is the tag that of an int or a long? */
export function isInteger(tag: u32): bool {
  return tag >= 0x80 || (tag & 0xf8) == 0x38 || tag == 0x49 || tag == 0x4c || tag == 0x59;
}

/** Is the tag that of a double? */
export function isDouble(tag: u32): bool {
  return tag == 0x44 || (tag >= 0x5b && tag <= 0x5f);
}

/** The int or long at `p`, all of which is there. */
export function integerAt(p: usize): i64 {
  const tag = <i32>load<u8>(p);
  if (tag < 0x80) {
    if ((tag & 0xf8) == 0x38) return ((<i64>tag - 0x3c) << 16) | load16(p + 1);
    return tag == 0x4c ? <i64>load64(p + 1) : <i64>(<i32>load32(p + 1));
  }
  if (tag < 0xc0) return tag - 0x90;
  if (tag < 0xd0) return ((tag - 0xc8) << 8) | load<u8>(p + 1);
  if (tag < 0xd8) return ((tag - 0xd4) << 16) | load16(p + 1);
  if (tag < 0xf0) return tag - 0xe0;
  return ((tag - 0xf8) << 8) | load<u8>(p + 1);
}

/** The double at `p`, all of which is there. */
export function doubleAt(p: usize): f64 {
  switch (load<u8>(p)) {
    case 0x5b:
      return 0;
    case 0x5c:
      return 1;
    case 0x5d:
      return <f64>load<i8>(p + 1);
    case 0x5e:
      return <f64>(<i16>load16(p + 1));
    case 0x5f:
      return <f64>(<i32>load32(p + 1)) * 0.001;
    default:
      return reinterpret<f64>(load64(p + 1));
  }
}

/** Reads the int at `p` into `integer`. */
export function readInt(p: usize, end: usize): usize {
  if (p >= end) return SHORT;
  const tag = <u32>load<u8>(p);
  let size: usize;
  if (tag == 0x49) size = 5;
  else if (tag < 0x80 || tag >= 0xd8) return WRONG;
  else size = tag < 0xc0 ? 1 : tag < 0xd0 ? 2 : 3;
  if (p + size > end) return SHORT;
  integer = integerAt(p);
  return p + size;
}

/** Reads the int at `p`, which counts something and so is not negative, into `integer`. */
export function readCount(p: usize, end: usize): usize {
  p = readInt(p, end);
  return !failed(p) && integer < 0 ? WRONG : p;
}
