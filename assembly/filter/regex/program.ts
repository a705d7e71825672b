/**
 * A regular expression compiled to a program of a non-deterministic automaton, which runs all
 * its threads in step over the text (Thompson): time is linear in the text, whatever the
 * expression, and running it allocates nothing.
 */
import { Node, NodeType, Parser } from "./parse";

enum Op {
  CLASS,
  SPLIT,
  JUMP,
  BEGIN,
  END,
  MATCH,
}
/** Longest program; `follow` may recurse as deep. */
const LONGEST: i32 = 2000;

export class Regex {
  /** What is wrong with the expression; empty if nothing is. */
  error: string = "";
  private ops: Op[] = [];
  /** Target of a jump, first target of a split, index of a class. */
  private a: i32[] = [];
  /** Second target of a split. */
  private b: i32[] = [];
  private classes: u32[][] = [];
  private current: StaticArray<i32> = [];
  private next: StaticArray<i32> = [];
  private count: i32 = 0;
  /** In which step an instruction was put on the list last. */
  private seen: StaticArray<u32> = [];
  private step: u32 = 0;

  constructor(text: string) {
    const parser = new Parser(text);
    const tree = parser.parse();
    this.error = parser.error;
    if (this.error == "") this.emit(tree);
    this.put(Op.MATCH, 0);
    if (this.ops.length > LONGEST) this.error = "too large: lower the numbers in {n,m}";
    this.current = new StaticArray<i32>(this.ops.length);
    this.next = new StaticArray<i32>(this.ops.length);
    this.seen = new StaticArray<u32>(this.ops.length);
  }

  /** Whether the whole of the UTF-8 text at `p` matches. */
  matches(p: usize, n: u32): bool {
    const stop = p + n;
    const start = p;
    this.begin();
    this.follow(0, true, p == stop);
    this.swap();
    let live = this.count;
    while (p < stop && live > 0) {
      const size = sequenceLength(p, stop);
      const point = codePoint(p, size);
      p += size;
      this.begin();
      for (let i = 0; i < live; i++) {
        const pc = unchecked(this.current[i]);
        if (this.ops[pc] == Op.CLASS && contains(this.classes[this.a[pc]], point))
          this.follow(pc + 1, p == start, p == stop);
      }
      this.swap();
      live = this.count;
    }
    for (let i = 0; i < live; i++) {
      if (this.ops[unchecked(this.current[i])] == Op.MATCH) return p == stop;
    }
    return false;
  }

  private begin(): void {
    this.step++;
    this.count = 0;
  }
  private swap(): void {
    const list = this.current;
    this.current = this.next;
    this.next = list;
  }

  /** Puts `pc`, and all that is reached from it without a character, on the next list. */
  private follow(pc: i32, atBegin: bool, atEnd: bool): void {
    while (unchecked(this.seen[pc]) != this.step) {
      unchecked((this.seen[pc] = this.step));
      switch (this.ops[pc]) {
        case Op.JUMP:
          pc = this.a[pc];
          break;
        case Op.SPLIT:
          this.follow(this.a[pc], atBegin, atEnd);
          pc = this.b[pc];
          break;
        case Op.BEGIN:
          if (!atBegin) return;
          pc++;
          break;
        case Op.END:
          if (!atEnd) return;
          pc++;
          break;
        default:
          unchecked((this.next[this.count++] = pc));
          return;
      }
    }
  }

  private put(op: Op, a: i32): i32 {
    this.ops.push(op);
    this.a.push(a);
    this.b.push(0);
    return this.ops.length - 1;
  }

  private emit(node: Node): void {
    if (this.ops.length > LONGEST) return; // refused by the constructor
    switch (node.type) {
      case NodeType.CLASS:
        this.put(Op.CLASS, this.classes.length);
        this.classes.push(node.ranges);
        break;
      case NodeType.BEGIN:
        this.put(Op.BEGIN, 0);
        break;
      case NodeType.END:
        this.put(Op.END, 0);
        break;
      case NodeType.SEQUENCE:
        for (let i = 0; i < node.children.length; i++) this.emit(node.children[i]);
        break;
      case NodeType.CHOICE:
        this.emitChoice(node.children);
        break;
      case NodeType.REPEAT:
        this.emitRepeat(node);
        break;
    }
  }

  private emitChoice(children: Node[]): void {
    const jumps: i32[] = [];
    for (let i = 0; i < children.length; i++) {
      const last = i == children.length - 1;
      const split = last ? -1 : this.put(Op.SPLIT, this.ops.length + 1);
      this.emit(children[i]);
      if (last) break;
      jumps.push(this.put(Op.JUMP, 0));
      this.b[split] = this.ops.length;
    }
    for (let i = 0; i < jumps.length; i++) this.a[jumps[i]] = this.ops.length;
  }

  private emitRepeat(node: Node): void {
    const child = node.children[0];
    for (let i = 0; i < node.least; i++) this.emit(child);
    if (node.most < 0) {
      const split = this.put(Op.SPLIT, this.ops.length + 1);
      this.emit(child);
      this.put(Op.JUMP, split);
      this.b[split] = this.ops.length;
      return;
    }
    const splits: i32[] = [];
    for (let i = node.least; i < node.most; i++) {
      splits.push(this.put(Op.SPLIT, this.ops.length + 1));
      this.emit(child);
    }
    for (let i = 0; i < splits.length; i++) this.b[splits[i]] = this.ops.length;
  }
}

/** Bytes of the UTF-8 sequence at `p`; broken ones count byte by byte. */
function sequenceLength(p: usize, stop: usize): u32 {
  const first = <u32>load<u8>(p);
  const n: u32 = first < 0xc2 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 1;
  if (p + n > stop) return 1;
  for (let i: u32 = 1; i < n; i++) {
    if ((load<u8>(p + i) & 0xc0) != 0x80) return 1;
  }
  return n;
}

/** What a byte counts as that is no UTF-8: it is in no class, inverted or not (as in RE2). */
const ILL_FORMED: u32 = 0xffffffff;

function codePoint(p: usize, n: u32): u32 {
  const first = <u32>load<u8>(p);
  if (n == 1) return first < 0x80 ? first : ILL_FORMED;
  let point = first & (0xff >> (n + 1));
  for (let i: u32 = 1; i < n; i++) point = (point << 6) | ((<u32>load<u8>(p + i)) & 0x3f);
  return point;
}

function contains(ranges: u32[], point: u32): bool {
  for (let i = 0; i < ranges.length; i += 2) {
    if (point >= unchecked(ranges[i]) && point <= unchecked(ranges[i + 1])) return true;
  }
  return false;
}
