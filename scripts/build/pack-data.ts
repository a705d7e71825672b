/**
 * Packs a module's data, two thirds of which are zeros, and whose messages repeat each other:
 * WebAssembly stores them as they are. The module unpacks them itself: assembly/host/unpack.ts,
 * which has the layout.
 */
import { shorten } from "./repeats.js";

const enum Section {
  Memory = 5,
  Data = 11,
}

const PAGE = 65_536;
/** Bytes that share a mask. */
const GROUP = 8;

/**
 * `wasm` with its data packed; as it is where the memory has no room to unpack them.
 * @param wasm a module that imports assembly/host/unpack.ts first, and has one memory of its own
 * @throws Error if its data are not as the AssemblyScript compiler makes them
 */
export function packData(wasm: Uint8Array): Buffer {
  const sections = sectionsOf(wasm);
  const memory = sections.find(({ id }) => id === (Section.Memory as number));
  const data = sections.find(({ id }) => id === (Section.Data as number));
  if (memory === undefined || data === undefined) return Buffer.from(wasm);
  const reader = new Reader(memory.content);
  reader.skip(2); // one memory, and whether it has a limit
  const end = reader.unsigned() * PAGE;

  const { first, bytes } = imageOf(data.content);
  const { masks, rest } = withoutZeros(bytes);
  const length = masks.length + rest.length;
  const items = shorten(Buffer.concat([masks, rest]));
  const words = Buffer.from(Uint32Array.of(first, masks.length, length, items.length).buffer);
  const stored = Buffer.concat([items, words]);
  const at = end - stored.length;
  if (at - length < first + bytes.length) return Buffer.from(wasm); // no room behind the data
  const segment = [0, 0x41, ...signed(at), 0x0b, ...unsigned(stored.length)];
  data.content = Buffer.concat([Buffer.from([1, ...segment]), stored]);
  return Buffer.concat([
    wasm.subarray(0, 8),
    ...sections
      // The count of segments: only the data's own instructions need it, which asc does not use.
      .filter(({ id }) => id !== 12)
      .flatMap(({ id, content }) => [Buffer.from([id, ...unsigned(content.length)]), content]),
  ]);
}

function sectionsOf(wasm: Uint8Array): { id: number; content: Uint8Array }[] {
  const reader = new Reader(wasm);
  reader.skip(8);
  const sections: { id: number; content: Uint8Array }[] = [];
  while (!reader.atEnd) sections.push({ id: reader.byte(), content: reader.bytes() });
  return sections;
}

/** What the segments put into the memory, from the first of them to the last. */
function imageOf(content: Uint8Array): { first: number; bytes: Buffer } {
  const reader = new Reader(content);
  const segments = Array.from({ length: reader.unsigned() }, () => {
    const isPlain = reader.unsigned() === 0 && reader.byte() === 0x41;
    if (!isPlain) throw new Error("a segment of data lies at no constant address");
    const at = reader.unsigned();
    reader.skip(1); // the end of the address
    return { at, bytes: reader.bytes() };
  });
  const first = Math.min(...segments.map(({ at }) => at));
  const bytes = Buffer.alloc(
    Math.max(...segments.map(({ at, bytes }) => at + bytes.length)) - first,
  );
  for (const segment of segments) bytes.set(segment.bytes, segment.at - first);
  return { first, bytes };
}

/** What is not zero in `bytes`, and the masks that tell where. */
function withoutZeros(bytes: Buffer): { masks: Buffer; rest: Buffer } {
  const masks: number[] = [];
  let zeros = 0;
  const flush = (): void => {
    if (zeros > 0) masks.push(0, zeros);
    zeros = 0;
  };
  for (let at = 0; at < bytes.length; at += GROUP) {
    const group = [...bytes.subarray(at, at + GROUP)];
    const mask = group.reduce((bits, byte, i) => (byte === 0 ? bits : bits | (1 << i)), 0);
    if (mask === 0) {
      if (++zeros === 255) flush();
      continue;
    }
    flush();
    masks.push(mask);
  }
  return { masks: Buffer.from(masks), rest: Buffer.from(bytes.filter((byte) => byte !== 0)) };
}

/** Reads WebAssembly's binary format. */
class Reader {
  private at = 0;

  constructor(private readonly buffer: Uint8Array) {}

  get atEnd(): boolean {
    return this.at >= this.buffer.length;
  }

  skip(n: number): void {
    this.at += n;
  }

  byte(): number {
    return this.buffer[this.at++] ?? 0;
  }

  /** LEB128 of what is not negative, signed or not. */
  unsigned(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  /** A length, and as many bytes. */
  bytes(): Uint8Array {
    const length = this.unsigned();
    this.at += length;
    return this.buffer.subarray(this.at - length, this.at);
  }
}

/** Unsigned LEB128, as WebAssembly writes lengths. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest];
    bytes.push((rest & 0x7f) | 0x80);
  }
}

/** Signed LEB128 of what is not negative: a seventh bit would be taken for a sign. */
function signed(value: number): number[] {
  const bytes = unsigned(value);
  const last = bytes[bytes.length - 1] ?? 0;
  return last < 0x40 ? bytes : [...bytes.slice(0, -1), last | 0x80, 0];
}
