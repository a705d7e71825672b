/** The protocol `plain` of debug builds: frames of a length u16 and text, without request ids. */
import type { Wire } from "./wire.js";

const HEADER = 2;

/** Ids are not on the wire: each frame has 0. */
export const plainWire: Wire<string> = {
  headerLength: HEADER,
  measure: (head) => HEADER + head.readUInt16BE(0),
  parse: (bytes) => bytes.toString("utf8", HEADER),
  id: () => 0n,
  isReply: () => true,
};

/** A frame with this text. */
export function plainFrame(text: string): Buffer {
  const head = Buffer.alloc(HEADER);
  head.writeUInt16BE(Buffer.byteLength(text));
  return Buffer.concat([head, Buffer.from(text)]);
}
