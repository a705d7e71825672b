/** Attachment values that may be any bytes, for routes and headers, which are text. */
import { Metadata, ValueType } from "./metadata";
import { sequence } from "./text";
import { isPlainUtf8 } from "./utf8";

/**
 * Reports the value as it is if that is UTF-8; otherwise with U+FFFD for each byte that is not.
 * @returns false: there is no room for that
 */
export function reportText(m: Metadata, name: usize, n: u32, value: usize, length: u32): bool {
  if (isPlainUtf8(value, length)) {
    m.attachment(name, n, value, length, ValueType.STRING);
    return true;
  }
  const text = m.scratchBytes(3 * length);
  if (text == 0) return false;
  m.attachment(name, n, text, replaceBytes(text, value, length), ValueType.STRING);
  return true;
}

/** Writes `n` bytes at `p` with U+FFFD for each that is not UTF-8; returns how many it wrote. */
function replaceBytes(out: usize, p: usize, n: u32): u32 {
  const end = p + n;
  let to = out;
  while (p < end) {
    const size = load<u8>(p) < 0x80 ? 1 : sequence(p, end);
    if (size > 0 && isPlainUtf8(p, size)) {
      memory.copy(to, p, size);
      to += size;
      p += size;
    } else {
      store<u16>(to, 0xbfef);
      store<u8>(to, 0xbd, 2);
      to += 3;
      p++;
    }
  }
  return <u32>(to - out);
}
