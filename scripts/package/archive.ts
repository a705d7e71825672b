/**
 * Archives that are the same, byte for byte, wherever and whenever they are made: no times, no
 * users, and nothing that depends on a compressor's version, since nothing is compressed.
 */

/** One file of an archive. */
export interface Entry {
  /** At most 100 bytes, with `/` between folders. */
  name: string;
  bytes: Uint8Array;
}

const BLOCK = 512;

/** A tar archive (POSIX.1-1988, ustar) of plain files. */
export function tar(entries: readonly Entry[]): Buffer {
  const parts = entries.flatMap(({ name, bytes }) => [
    tarHeader(name, bytes.length),
    bytes,
    Buffer.alloc(-bytes.length & (BLOCK - 1)),
  ]);
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

/**
 * ```
 * 0      100    108    116    124    136    148       156   157    257     263      345
 * | name | mode | uid  | gid  | size | time | sum of  | '0' | link | ustar | 00 ... | 0 ...
 * |      |      |      |      |      |      | bytes   |     |      |       |        |
 * ```
 */
function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, digits: number) =>
    header.write(value.toString(8).padStart(digits, "0"), at);
  header.write(name, 0, 100);
  octal(0o644, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(size, 124, 11);
  octal(0, 136, 11);
  header.fill(" ", 148, 156);
  header.write("0", 156);
  header.write("ustar\x0000", 257);
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  );
  header[154] = 0;
  return header;
}

/** Most bytes of a stored block of deflate (RFC 1951, 3.2.4). */
const STORED = 0xffff;

/** A gzip file (RFC 1952) that holds `bytes` as they are. */
export function gzip(bytes: Uint8Array): Buffer {
  const parts: Uint8Array[] = [Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff])];
  for (let at = 0; at < bytes.length || at === 0; at += STORED) {
    const block = bytes.subarray(at, at + STORED);
    const head = Buffer.alloc(5);
    head[0] = at + STORED < bytes.length ? 0 : 1; // the last one
    head.writeUInt16LE(block.length, 1);
    head.writeUInt16LE(~block.length & 0xffff, 3);
    parts.push(head, block);
  }
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(bytes), 0);
  trailer.writeUInt32LE(bytes.length, 4);
  return Buffer.concat([...parts, trailer]);
}

/** RFC 1952, section 8; Node.js has it from 20.15 on only. */
function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
