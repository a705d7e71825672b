/** Words for error messages: lists, values, and the name that was probably meant. */

/** "`a`, `b` and `c`". */
export function list(names: readonly string[]): string {
  const quoted = names.map((name) => `\`${name}\``);
  if (quoted.length < 2) return quoted.join("");
  return `${quoted.slice(0, -1).join(", ")} and ${quoted.slice(-1).join("")}`;
}

/** A value as JSON, cut off after 60 characters. */
export function show(value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** "1 item", "2 items". */
export function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}

/** The one of `known` that `name` is probably a mistyping of. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const wrong = name.toLowerCase();
  const [best] = known
    .map((other) => ({ other, far: distance(wrong, other.toLowerCase()) }))
    .filter(({ other, far }) => far <= Math.max(1, Math.min(name.length, other.length) / 3))
    .sort((a, b) => a.far - b.far);
  return best?.other;
}

/**
 * Least number of letters to change, add, drop or swap with a neighbour between two words
 * (optimal string alignment).
 */
function distance(a: string, b: string): number {
  const far = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  const at = (i: number, j: number) => far[i]?.[j] ?? 0;
  far.forEach((row, i) => {
    for (let j = 0; j <= b.length; j++) {
      if (i === 0 || j === 0) row[j] = i + j;
      else {
        const change = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
        row[j] = Math.min(change, at(i - 1, j) + 1, at(i, j - 1) + 1);
        const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
        if (swapped) row[j] = Math.min(at(i, j), at(i - 2, j - 2) + 1);
      }
    }
  });
  return at(a.length, b.length);
}
