/** Metadata for the specs of lanes. */
import { Metadata } from "../../../../assembly/codecs/metadata";

/** The values, kept from the garbage collector: spans are addresses, not references. */
const kept: ArrayBuffer[] = [];

/** Puts a text into a slot, as a codec does. */
export function set(m: Metadata, slot: u32, text: string): void {
  const utf8 = String.UTF8.encode(text);
  kept.push(utf8);
  m.set(slot, changetype<usize>(utf8), utf8.byteLength);
}
