/**
 * As much of Hessian 2.0 (http://hessian.caucho.com/doc/hessian-serialization.html) as simple
 * Dubbo frames need: null, booleans, 32-bit integers, strings and maps of these.
 */

export type Value = null | boolean | number | string | { [name: string]: Value };

/** Strings are cut into chunks of so many UTF-16 units, as Java's Hessian2Output does. */
const CHUNK = 0x8000;

export function encode(value: Value): Buffer {
  if (value === null) return Buffer.from("N");
  if (typeof value === "boolean") return Buffer.from(value ? "T" : "F");
  if (typeof value === "string") return encodeString(value);
  if (typeof value === "number") return encodeInt(value);
  const entries = Object.entries(value).flatMap(([k, v]) => [encodeString(k), encode(v)]);
  return Buffer.concat([Buffer.from("H"), ...entries, Buffer.from("Z")]);
}

function encodeInt(value: number): Buffer {
  if (!Number.isInteger(value) || value !== (value | 0)) throw new Error(`${value} is no int32`);
  if (value >= -16 && value <= 47) return Buffer.of(0x90 + value);
  const bytes = Buffer.alloc(5, "I");
  bytes.writeInt32BE(value, 1);
  return bytes;
}

export function encodeString(text: string): Buffer {
  const parts: Buffer[] = [];
  let start = 0;
  for (; text.length - start > CHUNK; start += CHUNK) {
    parts.push(Buffer.of(0x52, CHUNK >> 8, CHUNK & 255), units(text.slice(start, start + CHUNK)));
  }
  const n = text.length - start;
  if (n < 32) parts.push(Buffer.of(n));
  else if (n < 1024) parts.push(Buffer.of(0x30 + (n >> 8), n & 255));
  else parts.push(Buffer.of(0x53, n >> 8, n & 255));
  parts.push(units(text.slice(start)));
  return Buffer.concat(parts);
}

/** Each UTF-16 unit encoded by itself, surrogates too, as Java's implementation does. */
function units(text: string): Buffer {
  if (!/[\ud800-\udfff]/.test(text)) return Buffer.from(text, "utf8");
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c < 0x80) bytes.push(c);
    else if (c < 0x800) bytes.push(0xc0 | (c >> 6), 0x80 | (c & 63));
    else bytes.push(0xe0 | (c >> 12), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63));
  }
  return Buffer.from(bytes);
}

/** Reads one value after the other. */
export class Reader {
  private at = 0;
  constructor(private readonly bytes: Buffer) {}

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  /** @throws on an end within the value and on the kinds of value that this file leaves out */
  value(): Value {
    const tag = this.byte();
    if (tag === 0x4e) return null;
    if (tag === 0x54) return true;
    if (tag === 0x46) return false;
    if (tag === 0x48) return this.map();
    if (tag === 0x4d) return this.value() === null ? null : this.map(); // typed: the name is dropped
    if (tag >= 0x80 && tag <= 0xbf) return tag - 0x90;
    if (tag >= 0xc0 && tag <= 0xcf) return ((tag - 0xc8) << 8) + this.byte();
    if (tag >= 0xd0 && tag <= 0xd7) return ((tag - 0xd4) << 16) + this.short();
    if (tag === 0x49) return (this.short() << 16) | this.short();
    if (tag < 0x20) return this.units(tag);
    if (tag >= 0x30 && tag <= 0x33) return this.units(((tag - 0x30) << 8) + this.byte());
    if (tag === 0x53) return this.units(this.short());
    if (tag === 0x52) return this.units(this.short()) + String(this.value());
    throw new Error(`hessian tag 0x${tag.toString(16)} at ${this.at - 1} is not supported here`);
  }

  private map(): Value {
    const map: { [name: string]: Value } = {};
    while (this.bytes[this.at] !== 0x5a) {
      const name = String(this.value());
      map[name] = this.value();
    }
    this.at++;
    return map;
  }

  private units(count: number): string {
    const codes: number[] = [];
    while (codes.length < count) {
      const c = this.byte();
      if (c < 0x80) codes.push(c);
      else if (c < 0xe0) codes.push(((c & 31) << 6) | (this.byte() & 63));
      else if (c < 0xf0) {
        codes.push(((c & 15) << 12) | ((this.byte() & 63) << 6) | (this.byte() & 63));
      } else throw new Error(`byte 0x${c.toString(16)} starts no UTF-16 unit`);
    }
    return codes.reduce((text, code) => text + String.fromCharCode(code), "");
  }

  private short(): number {
    return (this.byte() << 8) | this.byte();
  }

  private byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new Error("the value ends too early");
    return byte;
  }
}
