/** A mistake in a file, and how it is shown. */

/** Where in a document: member names and indexes, e.g. ["spec", "services", 0, "port"]. */
export type Path = readonly (string | number)[];

/** A mistake before it is known where in the file its field lies. */
export interface Finding {
  path: Path;
  /** The field itself is wrong, rather than its value. */
  onKey?: boolean;
  message: string;
  /** What to do about it, as a whole sentence. */
  remedy: string;
}

/** A mistake in a file; line and column count from 1. */
export interface Problem {
  file: string;
  line: number;
  column: number;
  /** E.g. `spec.services[0].port`; empty: the document as a whole. */
  field: string;
  message: string;
  remedy: string;
}

/** `["spec", "services", 0]` as `spec.services[0]`. */
export function fieldOf(path: Path): string {
  return path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`))
    .join("")
    .replace(/^\./, "");
}

/** `file:line:column: field: what is wrong. remedy` */
export function formatProblem({ file, line, column, field, message, remedy }: Problem): string {
  const where = field === "" ? "" : `${field}: `;
  return `${file}:${line}:${column}: ${where}${message}. ${remedy}`;
}

/** Are these two paths the same, or does the second one lie under the first? */
export function isUnder(parent: Path, path: Path): boolean {
  return parent.length <= path.length && parent.every((part, i) => part === path[i]);
}
