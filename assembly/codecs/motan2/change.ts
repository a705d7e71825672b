/** Requests with other attachments than they came with. */
import { findByte } from "../../bytes/find";
import { Edits } from "../edits";
import { nameAt, nameLength, readPair, valueAt } from "./meta";

const NEWLINE: u8 = 0x0a;

/** Most bytes that `change` adds. */
export function changeLimit(edits: Edits): u32 {
  return edits.bytes + 2 * <u32>edits.count;
}

/**
 * Writes the metadata from `p` to `end` with those changed that `edits` name. What is set comes
 * first: at the end, Java does not see a value that is empty.
 * @returns the address behind them; 0: they are malformed, or an edit can't be a line of text
 */
export function change(p: usize, end: usize, edits: Edits, out: usize): usize {
  const start = out;
  for (let i = 0; i < edits.count; i++) {
    if (edits.removes(i)) continue;
    if (edits.nameLength(i) == 0) return 0;
    out = writeLine(out, edits.nameAt(i), edits.nameLength(i));
    if (out == 0) return 0;
    out = writeLine(out, edits.valueAt(i), edits.valueLength(i));
    if (out == 0) return 0;
  }
  let separated = true; // what was written ends with a newline before what comes next
  while (p < end) {
    const next = readPair(p, end);
    if (next == 0) return 0;
    if (valueAt == 0 || edits.indexOf(nameAt, nameLength) < 0) {
      memory.copy(out, p, next - p);
      out += next - p;
      separated = next != end;
    } else separated = true;
    p = next;
  }
  return separated && out > start ? out - 1 : out;
}

function writeLine(out: usize, p: usize, n: u32): usize {
  if (findByte(p, p + n, NEWLINE) != p + n) return 0;
  memory.copy(out, p, n);
  store<u8>(out + n, NEWLINE);
  return out + n + 1;
}
