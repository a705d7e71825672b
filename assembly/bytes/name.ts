/** Names that protocols give to things, as the bytes that they are on the wire. */
import { sameBytes } from "./same";

/** The bytes of an ASCII name; for module start only. */
export function nameOf(text: string): ArrayBuffer {
  return String.UTF8.encode(text);
}

/** Are the `n` bytes at `p` this name? */
@inline
export function isName(name: ArrayBuffer, p: usize, n: u32): bool {
  return n == <u32>name.byteLength && sameBytes(changetype<usize>(name), p, n);
}
