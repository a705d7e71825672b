/** JSON text out of what codecs report; for inspection. */
import { isPlainUtf8 } from "./utf8";

/**
 * `n` bytes of valid UTF-8 as a JSON string. A surrogate that has lost its other half is written
 * as an escape, so that nothing is lost.
 */
export function jsonString(p: usize, n: u32): string {
  const parts = new Array<string>();
  let from = p;
  const end = p + n;
  for (let at = p; at < end; at++) {
    const byte = <u32>load<u8>(at);
    const lone = byte == 0xed && at + 2 < end && load<u8>(at + 1) >= 0xa0;
    if (byte >= 0x20 && byte != 0x22 && byte != 0x5c && !lone) continue;
    parts.push(String.UTF8.decodeUnsafe(from, at - from));
    if (lone) {
      const second = ((<u32>load<u8>(at + 1)) & 0x3f) << 6;
      parts.push(escape(0xd000 | second | ((<u32>load<u8>(at + 2)) & 0x3f)));
      at += 2;
    } else {
      parts.push(escape(byte));
    }
    from = at + 1;
  }
  parts.push(String.UTF8.decodeUnsafe(from, end - from));
  return '"' + parts.join("") + '"';
}

/** What stands for a value that is left out. */
export const LEFT_OUT = '"…"';

/** JSON text as a JSON string, which it may be already: JSON has only strings for names. */
export function jsonText(json: string): string {
  if (json.charCodeAt(0) == 0x22) return json;
  const text = String.UTF8.encode(json);
  return jsonString(changetype<usize>(text), <u32>text.byteLength);
}

/** Any bytes as a JSON string: each that is not part of valid UTF-8 becomes U+FFFD. */
export function jsonLossy(p: usize, n: u32): string {
  let text = "";
  for (let i: u32 = 0; i < n;) {
    let size: u32 = 1;
    while (size < 4 && i + size < n && !isPlainUtf8(p + i, size)) size++;
    if (isPlainUtf8(p + i, size)) {
      text += String.UTF8.decodeUnsafe(p + i, size);
      i += size;
    } else {
      text += "\ufffd";
      i++;
    }
  }
  const bytes = String.UTF8.encode(text);
  return jsonString(changetype<usize>(bytes), <u32>bytes.byteLength);
}

function escape(unit: u32): string {
  if (unit == 0x22) return '\\"';
  if (unit == 0x5c) return "\\\\";
  if (unit == 0x0a) return "\\n";
  return "\\u" + unit.toString(16).padStart(4, "0");
}

/** A double as JSON; what JSON has no number for becomes a string. */
export function jsonNumber(value: f64): string {
  return isFinite(value) ? value.toString() : '"' + value.toString() + '"';
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Bytes as a JSON string of base 64. */
export function jsonBytes(bytes: StaticArray<u8>): string {
  const n = bytes.length;
  let text = '"';
  for (let i = 0; i < n; i += 3) {
    const left = n - i;
    const second = left > 1 ? <u32>bytes[i + 1] : 0;
    const third = left > 2 ? <u32>bytes[i + 2] : 0;
    const bits = ((<u32>bytes[i]) << 16) | (second << 8) | third;
    text += BASE64.charAt(bits >> 18) + BASE64.charAt((bits >> 12) & 0x3f);
    text += left > 1 ? BASE64.charAt((bits >> 6) & 0x3f) : "=";
    text += left > 2 ? BASE64.charAt(bits & 0x3f) : "=";
  }
  return text + '"';
}
