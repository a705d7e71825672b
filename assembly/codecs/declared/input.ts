/** Numbers and texts of a program (scripts/declared/program.ts), in order. */
import { readVarint, value } from "../protobuf";

let at: usize = 0;
let end: usize = 0;
/** What was read so far is no program: too short, or a number out of its bounds. */
export let isWrong: bool = false;

/** Starts to read the `n` bytes at `p`. */
export function openInput(p: usize, n: u32): void {
  at = p;
  end = p + n;
  isWrong = false;
}

/** Whether all has been read. */
export function atEnd(): bool {
  return at == end;
}

/** The next number; one that exceeds `most` is wrong, and read as 0. */
export function next(most: u64 = u64.MAX_VALUE): u64 {
  const p: usize = isWrong ? 0 : readVarint(at, end);
  if (p != 0 && value <= most) {
    at = p;
    return value;
  }
  isWrong = true;
  return 0;
}

/** Says that what was read is no program. */
export function refuse(): void {
  isWrong = true;
}

/** The next number, at most `most`. */
export function nextCount(most: u32): i32 {
  return <i32>next(most);
}

/** A list of numbers, each at most `most`. */
export function nextNumbers(most: u64 = u64.MAX_VALUE): StaticArray<u64> {
  const list = new StaticArray<u64>(nextCount(MOST_ITEMS));
  for (let i = 0; i < list.length; i++) list[i] = next(most);
  return list;
}

/** Most items of any list. */
export const MOST_ITEMS: u32 = 64;

/** Bytes after their number, copied. */
export function nextBytes(): ArrayBuffer {
  const n = nextCount(<u32>(end - at));
  const bytes = new ArrayBuffer(n);
  if (!isWrong && <usize>n <= end - at) {
    memory.copy(changetype<usize>(bytes), at, n);
    at += n;
  } else {
    isWrong = true;
  }
  return bytes;
}
