/** Finds the frames in what `argot inspect` is given: lines of hex, or raw bytes. */

/** The bytes of what should be one frame, or why there are none. */
export type Piece = { bytes: Uint8Array } | { error: string };

/** Are these bytes text, and so lines of hex? Frames of private protocols start otherwise. */
export function isText(input: Uint8Array): boolean {
  const first = input[0];
  return first === undefined || first === 9 || first === 10 || first === 13 || isPrintable(first);
}

function isPrintable(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f;
}

/** One piece for each line; empty lines at the end count for nothing. */
export function fromHex(text: string): Piece[] {
  const lines = text.trimEnd().split(/\r?\n/);
  return lines.length === 1 && lines[0] === "" ? [] : lines.map(fromLine);
}

function fromLine(line: string): Piece {
  const digits = line.replace(/\s/g, "").replace(/^0x/i, "");
  if (digits === "") return { error: "the line is empty" };
  if (!/^[0-9a-f]*$/i.test(digits)) return { error: "this is not hex" };
  if (digits.length % 2 !== 0) return { error: "the number of hex digits is odd" };
  return { bytes: Buffer.from(digits, "hex") };
}

/**
 * Cuts frames that lie back to back. What can't be cut is the last piece.
 * @param measure length of the frame at the start of these bytes, undefined if unknown
 */
export function fromBinary(
  input: Uint8Array,
  measure: (bytes: Uint8Array) => number | undefined,
): Piece[] {
  const pieces: Piece[] = [];
  for (let rest = input; rest.length > 0;) {
    const length = measure(rest.subarray(0, 64)) ?? rest.length;
    pieces.push({ bytes: rest.subarray(0, length) });
    rest = rest.subarray(length);
  }
  return pieces;
}
