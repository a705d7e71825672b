/** Bytes and texts for the specs of codecs. */
import { Codec, Read } from "../../../assembly/codecs/codec";
import { Edits } from "../../../assembly/codecs/edits";
import { Metadata } from "../../../assembly/codecs/metadata";

/** What was made, kept from the garbage collector: spans are addresses, not references. */
const kept: StaticArray<u8>[] = [];

/** The bytes that `hex` tells; blanks count for nothing. */
export function bytes(hex: string): StaticArray<u8> {
  const digits = hex.replaceAll(" ", "");
  const result = new StaticArray<u8>(digits.length / 2);
  for (let i = 0; i < result.length; i++) {
    result[i] = <u8>parseInt(digits.substr(2 * i, 2), 16);
  }
  kept.push(result);
  return result;
}


@inline
export function address(array: StaticArray<u8>): usize {
  return changetype<usize>(array);
}

/** `n` bytes at `p` as hex. */
export function hexOf(p: usize, n: u32): string {
  let text = "";
  for (let i: u32 = 0; i < n; i++)
    text += load<u8>(p + i)
      .toString(16)
      .padStart(2, "0");
  return text;
}

/** The value in a slot as text, "(none)" if the frame has none. */
export function slotText(m: Metadata, slot: u32): string {
  const p = m.at(slot);
  return p == 0 ? "(none)" : String.UTF8.decodeUnsafe(p, m.length(slot));
}

/** ASCII text as hex, e.g. to build bodies of. */
export function asciiHex(text: string): string {
  let hex = "";
  for (let i = 0; i < text.length; i++) hex += text.charCodeAt(i).toString(16).padStart(2, "0");
  return hex;
}

/** A number of four bytes as hex. */
export function hex32(n: u32): string {
  return n.toString(16).padStart(8, "0");
}

/** Sets the attachment `zone` to `z1` and removes `gone`. */
export function someEdits(): Edits {
  const edits = new Edits();
  edits.add("zone", "z1");
  edits.add("gone", null);
  return edits;
}

/** The frame that becomes of `hex`, "" if it can't be changed. */
export function changed(codec: Codec, hex: string, edits: Edits): string {
  const request = bytes(hex);
  const m = new Metadata();
  codec.readHead(address(request), request.length, m);
  const limit = request.length + codec.changeLimit(edits);
  const out = new StaticArray<u8>(limit);
  const n = codec.change(address(request), request.length, m, edits, address(out));
  assert(n <= <u32>limit, "it writes more than it may");
  if (n > 0) expect(codec.measure(address(out), n)).toBe(n);
  return hexOf(address(out), n);
}

/**
 * What is read of a whole frame, with the attachment `user`; the codec has to accept it.
 * @param fromServer which side sent it, where the frame itself does not tell
 */
export function readFrame(codec: Codec, hex: string, fromServer: bool = false): Metadata {
  const frame = bytes(hex);
  const p = address(frame);
  const n = frame.length;
  const m = new Metadata();
  m.want("user");
  m.fromServer = fromServer;
  expect(codec.measure(p, n)).toBe(n);
  expect(codec.readHead(p, n, m)).toBe(Read.DONE);
  const read = m.reply ? codec.readReply(p, n, m) : codec.readMetadata(p, n, n, m);
  expect(read).toBe(Read.DONE, hex);
  return m;
}

/** The error reply to the request with the highest id, as hex. */
export function errorReply(codec: Codec, context: u32, status: u32, message: string): string {
  const text = bytes(asciiHex(message));
  const out = new StaticArray<u8>(codec.replyLimit(text.length));
  const p = address(out);
  const n = codec.writeErrorReply(p, u64.MAX_VALUE, context, status, address(text), text.length);
  expect(n <= <u32>out.length).toBe(true);
  return hexOf(p, n);
}

/** A field of protobuf that is bytes, shorter than 128. */
export function field(number: i32, hex: string): string {
  const tag = ((number << 3) | 2).toString(16).padStart(2, "0");
  return tag + (hex.length / 2).toString(16).padStart(2, "0") + hex;
}
