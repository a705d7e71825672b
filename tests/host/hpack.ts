/**
 * As much of HPACK (RFC 7541) as the two ends need: the client's header blocks have static
 * indexes and literals that are not added to a table; the answers have the same, and Huffman
 * coding wherever it is shorter, as Envoy writes them.
 */

const STATIC: readonly (readonly [string, string])[] = [
  [":authority", ""],
  [":method", "GET"],
  [":method", "POST"],
  [":path", "/"],
  [":path", "/index.html"],
  [":scheme", "http"],
  [":scheme", "https"],
  [":status", "200"],
  [":status", "204"],
  [":status", "206"],
  [":status", "304"],
  [":status", "400"],
  [":status", "404"],
  [":status", "500"],
  ...(
    "accept-charset accept-encoding accept-language accept-ranges accept " +
    "access-control-allow-origin age allow authorization cache-control content-disposition " +
    "content-encoding content-language content-length content-location content-range " +
    "content-type cookie date etag expect expires from host if-match if-modified-since " +
    "if-none-match if-range if-unmodified-since last-modified link location max-forwards " +
    "proxy-authenticate proxy-authorization range referer refresh retry-after server " +
    "set-cookie strict-transport-security transfer-encoding user-agent vary via www-authenticate"
  )
    .split(" ")
    .map((name) => [name, name === "accept-encoding" ? "gzip, deflate" : ""] as const),
];

/** The short codes of RFC 7541, appendix B: 5, 6 and 7 bits; codes count up within a length. */
const HUFFMAN = new Map<string, { code: number; bits: number }>();
for (const { bits, first, letters } of [
  { bits: 5, first: 0, letters: "012aceiost" },
  { bits: 6, first: 0x14, letters: " %-./3456789=A_bdfghlmnpru" },
  { bits: 7, first: 0x5c, letters: ":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz" },
]) {
  [...letters].forEach((c, i) => HUFFMAN.set(c, { code: first + i, bits }));
}

function huffman(text: string): Buffer | null {
  let bits = "";
  for (const c of text) {
    const h = HUFFMAN.get(c);
    if (h === undefined) return null;
    bits += h.code.toString(2).padStart(h.bits, "0");
  }
  const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, "1");
  return Buffer.from((padded.match(/.{8}/g) ?? []).map((b) => parseInt(b, 2)));
}

function integer(value: number, prefix: number, high: number): Buffer {
  const most = 2 ** prefix - 1;
  if (value < most) return Buffer.from([high | value]);
  const out = [high | most];
  for (value -= most; value >= 128; value = Math.floor(value / 128)) out.push((value % 128) | 128);
  return Buffer.from([...out, value]);
}

function string(text: string): Buffer {
  const plain = Buffer.from(text);
  const coded = huffman(text);
  return coded !== null && coded.length < plain.length
    ? Buffer.concat([integer(coded.length, 7, 0x80), coded])
    : Buffer.concat([integer(plain.length, 7, 0), plain]);
}

/** A header block without a dynamic table. */
export function encodeHeaders(headers: Iterable<readonly [string, string]>): Buffer {
  const parts: Buffer[] = [];
  for (const [name, value] of headers) {
    const whole = STATIC.findIndex(([n, v]) => n === name && v === value && v !== "");
    if (whole >= 0) {
      parts.push(integer(whole + 1, 7, 0x80));
      continue;
    }
    const named = STATIC.findIndex(([n]) => n === name);
    parts.push(integer(named + 1, 4, 0));
    if (named < 0) parts.push(string(name));
    parts.push(string(value));
  }
  return Buffer.concat(parts);
}

/**
 * Reads a client's header block.
 * @throws if it uses a dynamic table or Huffman coding, or ends within a field
 */
export function decodeHeaders(block: Buffer): [string, string][] {
  const headers: [string, string][] = [];
  let at = 0;

  const byte = (): number => {
    const b = block[at++];
    if (b === undefined) throw new Error("a header block ends within a field");
    return b;
  };
  const number = (first: number, prefix: number): number => {
    const most = 2 ** prefix - 1;
    let value = first & most;
    if (value < most) return value;
    for (let shift = 0; ; shift += 7) {
      const b = byte();
      value += (b & 127) * 2 ** shift;
      if (b < 128) return value;
      if (shift > 28) throw new Error("an HPACK integer that is too long");
    }
  };
  const text = (): string => {
    const first = byte();
    if (first & 0x80) throw new Error("Huffman coding was not expected of the client");
    const n = number(first, 7);
    if (at + n > block.length) throw new Error("a header block ends within a string");
    at += n;
    return block.toString("latin1", at - n, at);
  };
  const indexed = (index: number): readonly [string, string] => {
    const field = STATIC[index - 1];
    if (field === undefined) throw new Error(`HPACK index ${index} without a dynamic table`);
    return field;
  };

  while (at < block.length) {
    const first = byte();
    if (first & 0x80) {
      headers.push([...indexed(number(first, 7))]);
    } else if ((first & 0xc0) === 0x40) {
      throw new Error("a literal with indexing, though the table's size is 0 here");
    } else if ((first & 0xe0) === 0x20) {
      if (number(first, 5) !== 0) throw new Error("a table size update above 0");
    } else {
      const index = number(first, 4);
      const name = index === 0 ? text() : indexed(index)[0];
      headers.push([name, text()]);
    }
  }
  return headers;
}
