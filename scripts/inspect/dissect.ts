/** Which bytes of a frame are what, by the description of its protocol. For people, not for Envoy. */
import type { Description, Element, Leaf, Prefix, Sum, Test } from "../declared/model.js";
import { findField, readVarint } from "./protobuf.js";

/** Some bytes of a frame, and what they are. */
export interface Part {
  /** An element, or a protobuf field (`meta.1.1`) of the element before it. */
  name: string;
  at: number;
  size: number;
  /** The value, for people; undefined: nothing that the bytes do not say themselves. */
  value?: string;
}

export interface Dissection {
  parts: Part[];
  /** The numbers, by their names; those of elements that are not there are 0. */
  numbers: ReadonlyMap<string, bigint>;
  /** The frame's length as it says it; undefined: that could not be read. */
  length?: number;
  /** The element that is not as described, and how; the parts end there. */
  fault?: { name: string; says: string };
}

/** @param fromServer who sent the frame, for descriptions that ask it */
export function dissect(
  description: Description,
  bytes: Uint8Array,
  fromServer = false,
): Dissection {
  return new Dissector(description, Buffer.from(bytes), fromServer).run();
}

class Fault extends Error {}

class Dissector {
  private readonly parts: Part[] = [];
  private readonly numbers = new Map<string, bigint>();
  private at = 0;

  constructor(
    private readonly description: Description,
    private readonly bytes: Buffer,
    private readonly fromServer: boolean,
  ) {}

  run(): Dissection {
    const { parts, numbers } = this;
    for (const element of this.description.elements) {
      try {
        if (element.when?.every((test) => this.holds(test)) ?? true) this.take(element);
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        return {
          parts,
          numbers,
          ...this.length(),
          fault: { name: element.name, says: error.message },
        };
      }
    }
    return { parts, numbers, ...this.length() };
  }

  /** The frame's length, if all that it is made of has been read. */
  private length(): { length?: number } {
    const { length, elements } = this.description;
    if (length !== undefined) {
      return this.isKnown(length) ? { length: this.sum(length) } : {};
    }
    const [last] = elements.slice(-1);
    return this.parts.some(({ name }) => name === last?.name) ? { length: this.at } : {};
  }

  private take(element: Element): void {
    const { name, type } = element;
    if (type === "number") this.takeNumber(element);
    else if (type === "varint") this.takeVarint(name);
    else if (type === "constant") this.takeConstant(name, element.hex);
    else if (type === "bytes") this.takeBytes(name, this.sum(element.size));
    else if (type === "rest") {
      this.takeBytes(name, (this.length().length ?? this.bytes.length) - this.at);
    } else {
      const [size, length] = this.prefix(element.prefix);
      this.put(`${name} length`, size, String(length));
      this.takeBytes(name, length);
    }
  }

  private takeVarint(name: string): void {
    const [value, size] = readVarint(this.bytes, this.at) ?? [];
    if (value === undefined || size === undefined) throw new Fault("is no varint");
    this.numbers.set(name, value);
    this.put(name, size, String(value));
  }

  private takeConstant(name: string, hex: string): void {
    const size = hex.length / 2;
    const found = this.bytes.toString("hex", this.at, this.at + size);
    if (found !== hex) throw new Fault(`is ${spaced(found) || "missing"}, not ${spaced(hex)}`);
    this.put(name, size);
  }

  private takeNumber({ name, size, little, signed, is, bits }: Element & { type: "number" }): void {
    if (this.at + size > this.bytes.length) throw new Fault("lies beyond the last byte");
    const value = readNumber(this.bytes, this.at, size, little);
    this.numbers.set(name, value);
    const flags = (bits ?? []).map((bit) => {
      const mask = BigInt(bit.mask);
      const flag = (value & mask) / (mask & -mask);
      this.numbers.set(bit.name, flag);
      return `${bit.name}=${flag}`;
    });
    const shown = signed ? BigInt.asIntN(8 * size, value) : value;
    if (is !== undefined && !is.includes(Number(shown))) {
      throw new Fault(`is ${shown}, not ${is.join(", ")}`);
    }
    this.put(name, size, flags.length > 0 ? flags.join(" ") : String(shown));
  }

  private takeBytes(name: string, size: number): void {
    if (size < 0) throw new Fault("lies behind the frame's end");
    const there = this.bytes.subarray(this.at, this.at + size);
    const start = this.at;
    this.put(name, size, textOf(there));
    if (there.length < size) throw new Fault(`has ${there.length} of ${size} bytes`);
    for (const leaf of this.description.leaves) {
      if (leaf.part === name) this.takeLeaf(leaf, there, start);
    }
  }

  private takeLeaf({ name, path, as }: Leaf, part: Buffer, start: number): void {
    const field = findField(part, path);
    if (field === undefined) return;
    if (as === "number") this.numbers.set(name, field.number ?? 0n);
    const inside = part.subarray(field.at, field.at + field.size);
    const value = field.number === undefined ? textOf(inside) : String(field.number);
    this.parts.push({ name, at: start + field.at, size: field.size, ...(value && { value }) });
  }

  private prefix(prefix: Prefix): [size: number, length: number] {
    if ("varint" in prefix) {
      const [value, size] = readVarint(this.bytes, this.at) ?? [];
      if (value === undefined || size === undefined) throw new Fault("has no length");
      return [size, Number(value)];
    }
    if (this.at + prefix.size > this.bytes.length) throw new Fault("has no length");
    return [prefix.size, Number(readNumber(this.bytes, this.at, prefix.size, prefix.little))];
  }

  private put(name: string, size: number, value?: string): void {
    this.parts.push({ name, at: this.at, size, ...(value !== undefined && { value }) });
    this.at += size;
  }

  private holds(test: Test): boolean {
    if ("from" in test) return test.from === (this.fromServer ? "server" : "client");
    return "number" in test && test.in.includes(Number(this.numbers.get(test.number) ?? 0n));
  }

  private isKnown({ terms }: Sum): boolean {
    return terms.every(({ name }) => this.numbers.has(name));
  }

  private sum({ add, terms }: Sum): number {
    const value = ({ name, times }: Sum["terms"][number]) =>
      times * Number(this.numbers.get(name) ?? 0n);
    return terms.reduce((sum, term) => sum + value(term), add);
  }
}

/** An unsigned number of `size` bytes. */
export function readNumber(bytes: Buffer, at: number, size: number, little: boolean): bigint {
  const digits = [...bytes.subarray(at, at + size)];
  if (little) digits.reverse();
  return digits.reduce((value, digit) => (value << 8n) | BigInt(digit), 0n);
}

/** Bytes as text in quotes, if they are text. */
function textOf(bytes: Buffer): string | undefined {
  const text = bytes.subarray(0, 60).toString("utf8");
  if (bytes.length === 0 || /[\u0000-\u001f\u007f\ufffd]/.test(text)) return undefined;
  return JSON.stringify(text) + (bytes.length > 60 ? "…" : "");
}

function spaced(hex: string): string {
  return (hex.match(/../g) ?? []).join(" ");
}
