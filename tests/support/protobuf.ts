/** Protocol Buffers for tests: messages built by hand from numbers and bytes. */

/** A field's value: a number is sent as a varint, all else as bytes. */
export type Value = bigint | number | string | Uint8Array;
export type Field = [number: number, value: Value];

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  for (value = BigInt.asUintN(64, value); value > 0x7fn; value >>= 7n) {
    bytes.push(Number(value & 0x7fn) | 0x80);
  }
  return Buffer.of(...bytes, Number(value));
}

/** The message of these fields, in this order. */
export function message(...fields: Field[]): Buffer {
  const parts = fields.flatMap(([field, value]) => {
    if (typeof value === "bigint" || typeof value === "number") {
      return [varint(BigInt(field << 3)), varint(BigInt(value))];
    }
    const bytes = Buffer.from(value as string);
    return [varint(BigInt((field << 3) | 2)), varint(BigInt(bytes.length)), bytes];
  });
  return Buffer.concat(parts);
}

/** What a message holds: numbers and bytes by field, in the order in which they came. */
export class Message {
  private readonly fields: { field: number; value: bigint | Buffer }[] = [];

  constructor(bytes: Buffer) {
    let at = 0;
    const next = () => {
      let value = 0n;
      for (let shift = 0n; ; shift += 7n) {
        const byte = bytes.readUInt8(at++);
        value |= BigInt(byte & 0x7f) << shift;
        if (byte < 0x80) return value;
      }
    };
    while (at < bytes.length) {
      const tag = Number(next());
      const value = next();
      if ((tag & 7) === 2) {
        const start = at;
        at += Number(value);
        this.fields.push({ field: tag >> 3, value: bytes.subarray(start, at) });
      } else if ((tag & 7) === 0) this.fields.push({ field: tag >> 3, value });
      else throw new Error(`a field of wire type ${tag & 7}`);
    }
  }

  has(field: number): boolean {
    return this.fields.some((found) => found.field === field);
  }

  /** The last number of a field. */
  number(field: number): bigint | undefined {
    return this.fields.findLast((found) => found.field === field)?.value as bigint | undefined;
  }

  /** All values of a field that are bytes. */
  all(field: number): Buffer[] {
    return this.fields.filter((f) => f.field === field).map(({ value }) => value as Buffer);
  }

  /** The last value of a field as text. */
  text(field: number): string | undefined {
    return this.all(field).at(-1)?.toString();
  }

  /** The last value of a field as a message; an empty one if there is none. */
  message(field: number): Message {
    return new Message(this.all(field).at(-1) ?? Buffer.alloc(0));
  }
}
