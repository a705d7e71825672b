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

/** `warning`: it may stay as it is. */
export type Severity = "error" | "warning";

/** A mistake in a file; line and column count from 1. */
export interface Problem {
  /** Without it: an error. */
  severity?: Severity;
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

/** `file:line:column: field: what is wrong. remedy`, of a warning with `warning: ` in the middle */
export function formatProblem(problem: Problem): string {
  const { file, line, column, field, message, remedy } = problem;
  const where = field === "" ? "" : `${field}: `;
  const kind = problem.severity === "warning" ? "warning: " : "";
  return `${file}:${line}:${column}: ${kind}${where}${message}. ${remedy}`;
}

/** Are these two paths the same, or does the second one lie under the first? */
export function isUnder(parent: Path, path: Path): boolean {
  return parent.length <= path.length && parent.every((part, i) => part === path[i]);
}
