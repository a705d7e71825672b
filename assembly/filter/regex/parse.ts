/**
 * Regular expressions in RE2's syntax, as far as it is regular: literals, `.`, classes,
 * groups, `|`, `*`, `+`, `?`, `{n,m}`, `^`, `$`, `\d \w \s` and their opposites. No captures,
 * flags, look-around or back-references: those are refused. Parsed into a tree, which
 * `program.ts` compiles.
 */

export enum NodeType {
  /** Nothing. */
  EMPTY,
  /** One character of `ranges`. */
  CLASS,
  /** All of `children`, one after the other. */
  SEQUENCE,
  /** One of `children`. */
  CHOICE,
  /** `children[0]`, `least` to `most` times (most < 0: no limit). */
  REPEAT,
  BEGIN,
  END,
}

export class Node {
  children: Node[] = [];
  /** Pairs of first and last code point. */
  ranges: u32[] = [];
  least: i32 = 0;
  most: i32 = 0;
  constructor(readonly type: NodeType) {}
}

const HIGHEST: u32 = 0x10ffff;
const MOST_REPEATS: i32 = 1000;
const DEEPEST: i32 = 50;

export class Parser {
  /** What is wrong; empty if nothing is. */
  error: string = "";
  private at: i32 = 0;
  private depth: i32 = 0;
  private readonly source: i32[] = [];

  constructor(text: string) {
    for (let i = 0; i < text.length; i++) {
      const point = text.codePointAt(i);
      this.source.push(point);
      if (point > 0xffff) i++;
    }
  }

  parse(): Node {
    const node = this.choice();
    if (this.error == "" && !this.done) this.fail("unmatched )");
    return node;
  }

  private get done(): bool {
    return this.at >= this.source.length;
  }
  private peek(): i32 {
    return this.done ? -1 : this.source[this.at];
  }
  private take(c: string): bool {
    if (this.peek() != c.charCodeAt(0)) return false;
    this.at++;
    return true;
  }
  private fail(what: string): Node {
    if (this.error == "") this.error = what + " at character " + this.at.toString();
    this.at = this.source.length;
    return new Node(NodeType.EMPTY);
  }

  private choice(): Node {
    if (++this.depth > DEEPEST) return this.fail("nested too deep");
    const node = new Node(NodeType.CHOICE);
    node.children.push(this.sequence());
    while (this.take("|")) node.children.push(this.sequence());
    this.depth--;
    return node.children.length == 1 ? node.children[0] : node;
  }

  private sequence(): Node {
    const node = new Node(NodeType.SEQUENCE);
    for (let c = this.peek(); c >= 0 && c != 0x7c && c != 0x29; c = this.peek())
      node.children.push(this.repeat());
    return node;
  }

  private repeat(): Node {
    let node = this.atom();
    let repeats = 0;
    while (true) {
      const start = this.at;
      let least = 0;
      let most = -1;
      if (this.take("*")) least = 0;
      else if (this.take("+")) least = 1;
      else if (this.take("?")) most = 1;
      else if (this.take("{")) {
        least = this.integer();
        most = this.take(",") ? (this.peek() == 0x7d ? -1 : this.integer()) : least;
        if (!this.take("}") || least < 0 || (most >= 0 && most < least))
          return this.fail("bad {n,m}");
        if (least > MOST_REPEATS || most > MOST_REPEATS) return this.fail("more than 1000 repeats");
      } else return node;
      if (node.type == NodeType.BEGIN || node.type == NodeType.END || repeats++ > 0) {
        this.at = start;
        return this.fail("nothing to repeat");
      }
      this.take("?"); // lazy: the same language
      const repeated = new Node(NodeType.REPEAT);
      repeated.children.push(node);
      repeated.least = least;
      repeated.most = most;
      node = repeated;
    }
  }

  /** A decimal number, -1 if there is none. */
  private integer(): i32 {
    let value = -1;
    for (let c = this.peek(); c >= 0x30 && c <= 0x39; c = this.peek()) {
      value = min(max(value, 0) * 10 + c - 0x30, MOST_REPEATS + 1);
      this.at++;
    }
    return value;
  }

  private atom(): Node {
    if (this.take("^")) return new Node(NodeType.BEGIN);
    if (this.take("$")) return new Node(NodeType.END);
    if (this.take("(")) {
      if (this.take("?") && !this.take(":")) return this.fail("only (?: groups are supported");
      const inner = this.choice();
      return this.take(")") || this.error != "" ? inner : this.fail("missing )");
    }
    if (this.take("[")) return this.brackets();
    const node = new Node(NodeType.CLASS);
    if (this.take(".")) {
      node.ranges = [0, 9, 11, HIGHEST];
    } else if (this.take("\\")) {
      this.escape(node.ranges);
    } else {
      const c = this.peek();
      if (c == 0x2a || c == 0x2b || c == 0x3f || c == 0x7b) return this.fail("nothing to repeat");
      this.at++;
      node.ranges = [c, c];
    }
    return node;
  }

  private brackets(): Node {
    const node = new Node(NodeType.CLASS);
    const inverted = this.take("^");
    const ranges: u32[] = [];
    for (let first = true; first || this.peek() != 0x5d; first = false) {
      if (this.done) return this.fail("missing ]");
      const before = ranges.length;
      if (this.take("\\")) this.escape(ranges);
      else {
        const c = this.source[this.at++];
        if (c == 0x5b && this.peek() == 0x3a) return this.fail("unsupported class [:");
        ranges.push(c);
        ranges.push(c);
      }
      const single = ranges.length == before + 2 && ranges[before] == ranges[before + 1];
      const next = this.at + 1 < this.source.length ? this.source[this.at + 1] : -1;
      if (single && this.peek() == 0x2d && next >= 0 && next != 0x5d) {
        this.at++;
        const last: u32[] = [];
        if (this.take("\\")) this.escape(last);
        else {
          last.push(this.source[this.at++]);
          last.push(last[0]);
        }
        if (this.error != "" || last.length != 2 || last[0] != last[1] || last[0] < ranges[before])
          return this.fail("bad range");
        ranges[before + 1] = last[0];
      }
    }
    this.at++;
    node.ranges = inverted ? invert(ranges) : ranges;
    return node;
  }

  /** Adds what the escape behind a backslash stands for. */
  private escape(ranges: u32[]): void {
    if (this.done) {
      this.fail("backslash at the end");
      return;
    }
    const c = this.source[this.at++];
    const lower = c | 0x20;
    let set: u32[] = [];
    if (lower == 0x64) set = [48, 57];
    else if (lower == 0x77) set = [48, 57, 65, 90, 95, 95, 97, 122];
    else if (lower == 0x73) set = [9, 10, 12, 13, 32, 32];
    else if (c == 0x6e) set = [10, 10];
    else if (c == 0x72) set = [13, 13];
    else if (c == 0x74) set = [9, 9];
    else if ((lower >= 0x61 && lower <= 0x7a) || (c >= 0x30 && c <= 0x39)) {
      this.fail("unsupported escape");
      return;
    } else set = [c, c];
    if (set.length > 0 && c != lower && lower >= 0x61 && lower <= 0x7a) set = invert(set);
    for (let i = 0; i < set.length; i++) ranges.push(set[i]);
  }
}

/** All characters that are in none of the ranges. */
function invert(ranges: u32[]): u32[] {
  const result: u32[] = [];
  let next: u32 = 0;
  while (next <= HIGHEST) {
    let inside: u32 = 0;
    let start: u32 = HIGHEST + 1;
    for (let i = 0; i < ranges.length; i += 2) {
      if (ranges[i] <= next && ranges[i + 1] >= next) inside = max(inside, ranges[i + 1] + 1);
      else if (ranges[i] > next) start = min(start, ranges[i]);
    }
    if (inside > 0) next = inside;
    else {
      result.push(next);
      result.push(start - 1);
      next = start;
    }
  }
  return result;
}
