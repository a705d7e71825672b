/** Finds a field in a protobuf message. */

export interface Field {
  /** Where its value lies in the message. */
  at: number;
  size: number;
  /** Its value, if it is no bytes. */
  number?: bigint;
}

/** @returns value and size; undefined: there is none */
export function readVarint(bytes: Buffer, at: number): [bigint, number] | undefined {
  let value = 0n;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return undefined;
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte < 0x80) return [BigInt.asUintN(64, value), i + 1];
  }
  return undefined;
}

/** The last field of these numbers, from the outside in; undefined: there is none. */
export function findField(
  message: Buffer,
  [first, ...inner]: readonly number[],
): Field | undefined {
  let found: Field | undefined;
  let at = 0;
  while (at < message.length) {
    const [tag, tagSize] = readVarint(message, at) ?? [];
    if (tag === undefined || tagSize === undefined) return found;
    const field = readField(message, at + tagSize, Number(tag & 7n));
    if (field === undefined) return found;
    if (Number(tag >> 3n) === first) found = field;
    at = field.at + field.size;
  }
  if (found === undefined || inner.length === 0) return found;
  const { at: start, size } = found;
  const nested = findField(message.subarray(start, start + size), inner);
  return nested && { ...nested, at: start + nested.at };
}

function readField(message: Buffer, at: number, wire: number): Field | undefined {
  if (wire === 0) {
    const [number, size] = readVarint(message, at) ?? [];
    return number === undefined || size === undefined ? undefined : { at, size, number };
  }
  if (wire === 2) {
    const [length, prefix] = readVarint(message, at) ?? [];
    if (length === undefined || prefix === undefined) return undefined;
    const size = Number(length);
    return at + prefix + size > message.length ? undefined : { at: at + prefix, size };
  }
  const size = wire === 1 ? 8 : wire === 5 ? 4 : 0;
  if (size === 0 || at + size > message.length) return undefined;
  const number = size === 8 ? message.readBigUInt64LE(at) : BigInt(message.readUInt32LE(at));
  return { at, size, number };
}
