/** Frames with something wrong in them, of good ones. */
import { type LengthField, numberBytes, type Protocol } from "../protocol.js";

/** Answers a number from 0 up to `below`. */
export type Pick = (below: number) => number;

/** Bytes that mean much: tags, lengths, ends, halves of characters, varints, types of fields. */
const telling = Buffer.from(
  "434f5148554d5657585a525341426f707f7860929a5f00ff7f80eda6a593ac7a77" +
    "0102030405060708090a0b0c0d0e0f10121a1c2122282c323a4282938dc0c1e0f0f4fe",
  "hex",
);
const numbersAround = [0, 1, 2, 127, 128, 255, 256, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff];
const more = [0x80000000, 0xfffffff0, 0xffffffff];
const sizes = [1, 2, 2, 4, 4, 8];

/** A number that is likely to be mistaken: an extreme, or near to the one that is there. */
function telltale(there: number, length: number, pick: Pick): number {
  const way = pick(4);
  if (way === 0) return numbersAround[pick(numbersAround.length)]!;
  if (way === 1) return more[pick(more.length)]!;
  return way === 2 ? there + pick(9) - 4 : pick(length + 4);
}

function setNumber(bytes: Buffer, field: LengthField, pick: Pick): void {
  if (field.at + field.size > bytes.length) return;
  const size = Math.min(field.size, 6);
  const end = field.at + field.size;
  const there = field.littleEndian
    ? bytes.readUIntLE(field.at, size)
    : bytes.readUIntBE(end - size, size);
  numberBytes(BigInt(telltale(there, bytes.length, pick)), field).copy(bytes, field.at);
}

/** One change; `other` is a frame of which parts may be taken. */
function once(bytes: Buffer, other: Buffer, { lengths }: Protocol, pick: Pick): Buffer {
  const { length } = bytes;
  const at = pick(length + 1);
  switch (pick(11)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.alloc(1 + pick(4), pick(256)),
        bytes.subarray(at),
      ]);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + pick(8))]);
    case 3: {
      // The one's start and the other's end.
      return Buffer.concat([bytes.subarray(0, at), other.subarray(pick(other.length + 1))]);
    }
    case 4: {
      // A part of the other one in its place, or over what is there.
      const from = pick(other.length + 1);
      const part = other.subarray(from, from + 1 + pick(40));
      return Buffer.concat([
        bytes.subarray(0, at),
        part,
        bytes.subarray(at + pick(2) * part.length),
      ]);
    }
    case 5: {
      // A part of it twice, as a field may be.
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.max(0, at - 1 - pick(40)))]);
    }
    case 6:
    case 7: {
      const field = lengths[pick(lengths.length + 1)];
      const size = sizes[pick(sizes.length)]!;
      setNumber(bytes, field ?? { at, size, littleEndian: pick(4) === 0 }, pick);
      return bytes;
    }
    case 8:
      if (at < length) bytes[at] = bytes[at]! ^ (1 << pick(8));
      return bytes;
    default:
      if (at < length) bytes[at] = pick(2) === 0 ? telling[pick(telling.length)]! : pick(256);
      return bytes;
  }
}

/** A frame that differs from `frame` in up to four places; never empty. */
export function mutate(frame: Buffer, other: Buffer, protocol: Protocol, pick: Pick): Buffer {
  let bytes = Buffer.from(frame);
  for (let changes = 1 + pick(4); changes > 0; changes--) {
    bytes = once(bytes, other, protocol, pick) as Buffer<ArrayBuffer>;
  }
  if (bytes.length === 0) bytes = Buffer.of(pick(256));
  if (pick(16) > 0) protocol.fix(bytes);
  return bytes;
}
