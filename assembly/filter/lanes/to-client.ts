/**
 * What goes to the client in the current callback: as long as it is one piece of the bytes
 * that came in, it goes out from where it lies; from the second piece on it is collected.
 */
import { Bytes } from "../../bytes/buffer";

let pieceAt: usize = 0;
let pieceLength: usize = 0;
const pieces = new Bytes();

/** The result of `endPieces`, valid until the callback ends. */
export let outputAt: usize = 0;
export let outputLength: usize = 0;

export function beginPieces(): void {
  pieceLength = 0;
  pieces.clear();
}

/** Adds whole frames to what goes to the client; `stable`: they stay where they are. */
export function emit(p: usize, n: usize, stable: bool): void {
  if (stable && pieces.length == 0) {
    if (pieceLength == 0) pieceAt = p;
    if (pieceAt + pieceLength == p) {
      pieceLength += n;
      return;
    }
  }
  pieces.append(pieceAt, pieceLength);
  pieceLength = 0;
  pieces.append(p, n);
}

/** Adds all that is in `bytes`, which is empty then: if it comes first, nothing is copied. */
export function emitAll(bytes: Bytes): void {
  if (pieces.length == 0 && pieceLength == 0) pieces.swap(bytes);
  else emit(bytes.at, bytes.length, false);
  bytes.clear();
}

export function endPieces(): void {
  const collected = pieces.length > 0;
  if (collected && pieceLength > 0) pieces.append(pieceAt, pieceLength);
  outputAt = collected ? pieces.at : pieceAt;
  outputLength = collected ? pieces.length : pieceLength;
}
