/**
 * How the readers of message bodies report: each takes the address to read at and the end of what
 * is there, and returns the address behind what it read. The two lowest addresses are never
 * inside a frame and tell why nothing was read.
 */
import { Read } from "./codec";

/** What was to be read lies (partly) beyond the end. */
export const SHORT: usize = 0;
/** These bytes are not what they have to be, or exceed a limit. */
export const WRONG: usize = 1;


@inline
export function failed(p: usize): bool {
  return p <= WRONG;
}

/** What the position `p` means for a frame that is or is not `complete`. */
export function outcome(p: usize, complete: bool): Read {
  if (!failed(p)) return Read.DONE;
  return p == SHORT && !complete ? Read.INCOMPLETE : Read.MALFORMED;
}
