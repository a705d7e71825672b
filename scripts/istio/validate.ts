/** What `argot validate` does: all files that are given, each by itself and all together. */
import { UserError } from "../cli/error.js";
import { load, noCounts, type Kind, type Loaded } from "../protocol/load.js";
import type { Problem } from "../protocol/problem.js";
import { checkRoutes } from "./checks/check.js";
import { canCheck, checkResource } from "./schemas/check.js";
import type { IstioVersion } from "./schemas/versions.js";

export interface Result {
  file: string;
  /** There are no errors; there may be warnings. */
  ok: boolean;
  /** How many documents of which kind. */
  documents: Readonly<Record<Kind, number>>;
  problems: Problem[];
}

/** The same file twice counts once. */
export function validateFiles(files: string[], version: IstioVersion): Result[] {
  const loaded = new Map([...new Set(files)].map((file) => [file, tryLoad(file, version)]));
  const all = [...loaded.values()];
  const found = checkRoutes(
    all.flatMap(({ placed }) => placed),
    all.flatMap(({ documents }) => documents),
  );
  for (const { document, finding, severity } of found) {
    const problem = { severity, ...document.place(finding) };
    const problems = loaded.get(document.file)?.problems ?? [];
    // What the schemas find wrong as well is said once, in their words.
    const isNew = !problems.some(({ file, line, field }) => {
      return file === problem.file && line === problem.line && field === problem.field;
    });
    if (isNew) problems.push(problem);
  }
  return [...loaded].map(([file, { counts, problems }]) => {
    const ok = problems.every(({ severity }) => severity === "warning");
    return { file, ok, documents: counts, problems: sorted(problems, file) };
  });
}

function tryLoad(file: string, version: IstioVersion): Omit<Loaded, "model"> {
  try {
    return load(file, (it) => (canCheck(it) ? checkResource(it, version) : undefined));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { message, remedy = "" } = error;
    const problems = [{ file, line: 1, column: 1, field: "", message, remedy }];
    return { counts: noCounts, problems, documents: [], placed: [] };
  }
}

/** By their places; those in files that the file names come last. */
function sorted(problems: Problem[], file: string): Problem[] {
  const isElsewhere = (problem: Problem) => Number(problem.file !== file);
  return problems.toSorted(
    (a, b) => isElsewhere(a) - isElsewhere(b) || a.line - b.line || a.column - b.column,
  );
}
