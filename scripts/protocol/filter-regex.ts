/**
 * What the filter's own regular expressions (mode `connection`; assembly/filter/regex) take of
 * RE2's syntax. Reads an expression as the filter does, and counts the instructions that it would
 * compile to. In mode `lanes` Envoy's RE2 does the matching, and none of this applies.
 */

/** The filter's limits, as in assembly/filter/regex. */
const MOST_REPEATS = 1000;
const DEEPEST = 50;
const LONGEST = 2000;

const LITERAL_BRACE = "has a `{` that stands for itself";

/** What the filter would refuse an expression for, or null. It is valid RE2 otherwise. */
export function filterRegexFault(regex: string): string | null {
  try {
    const length = new Reader(regex).read() + 1; // the last one says "match"
    return length > LONGEST ? `becomes longer than ${LONGEST} steps by its {n,m}` : null;
  } catch (error) {
    if (error instanceof Unsupported) return error.message;
    throw error;
  }
}

class Unsupported extends Error {}

/** Each method reads one construct and returns how many instructions it takes. */
class Reader {
  private readonly points: string[];
  private at = 0;
  private depth = 0;

  constructor(regex: string) {
    this.points = Array.from(regex);
  }

  read(): number {
    return this.choice();
  }

  private choice(): number {
    if (++this.depth > DEEPEST) throw new Unsupported(`nests deeper than ${DEEPEST} groups`);
    let length = this.sequence();
    while (this.take("|")) length += this.sequence() + 2; // a split and a jump
    this.depth--;
    return length;
  }

  private sequence(): number {
    let length = 0;
    while (this.at < this.points.length && !this.sees("|") && !this.sees(")")) {
      length += this.repeated();
    }
    return length;
  }

  private repeated(): number {
    const isAnchor = this.sees("^") || this.sees("$");
    const once = this.atom();
    const counts = this.counts();
    if (counts === null) return once;
    if (isAnchor) throw new Unsupported("repeats `^` or `$`");
    const [least, most] = counts;
    return once * least + (most === Infinity ? once + 2 : (most - least) * (once + 1));
  }

  /** `*`, `+`, `?` or `{n,m}`, if one stands here, as least and most. */
  private counts(): [number, number] | null {
    const found = this.operator();
    if (found !== null) this.take("?"); // lazy: the same language
    return found;
  }

  private operator(): [number, number] | null {
    if (this.take("*")) return [0, Infinity];
    if (this.take("+")) return [1, Infinity];
    if (this.take("?")) return [0, 1];
    if (!this.sees("{")) return null;
    const [all, least = "", comma, most = ""] =
      /^\{(\d+)(,?)(\d*)\}/.exec(this.points.slice(this.at, this.at + 20).join("")) ?? [];
    if (all === undefined) throw new Unsupported(LITERAL_BRACE);
    this.at += all.length;
    const from = Number(least);
    const to = comma === "" ? from : most === "" ? Infinity : Number(most);
    if (from > MOST_REPEATS || (to > MOST_REPEATS && to !== Infinity)) {
      throw new Unsupported(`repeats more than ${MOST_REPEATS} times`);
    }
    return [from, to];
  }

  private atom(): number {
    if (this.take("(")) {
      if (this.take("?") && !this.take(":"))
        throw new Unsupported("has a group that starts with `(?` but not with `(?:`");
      const length = this.choice();
      this.take(")");
      return length;
    }
    if (this.take("[")) this.brackets();
    else if (this.take("\\")) this.escape();
    else if (this.sees("{")) throw new Unsupported(LITERAL_BRACE);
    else this.at++;
    return 1;
  }

  private brackets(): void {
    this.take("^");
    for (let first = true; first || !this.sees("]"); first = false) {
      if (this.at >= this.points.length) throw new Unsupported("has a `[` without `]`");
      if (this.sees("[") && this.points[this.at + 1] === ":") {
        throw new Unsupported("has a named class like `[:alpha:]`");
      }
      if (this.take("\\")) this.escape();
      else this.at++;
    }
    this.at++;
  }

  private escape(): void {
    const char = this.points[this.at++] ?? "";
    if (/[A-Za-z0-9]/.test(char) && !/[dDwWsSnrt]/.test(char)) {
      throw new Unsupported(`has the escape \`\\${char}\``);
    }
  }

  private sees(char: string): boolean {
    return this.points[this.at] === char;
  }
  private take(char: string): boolean {
    if (!this.sees(char)) return false;
    this.at++;
    return true;
  }
}
