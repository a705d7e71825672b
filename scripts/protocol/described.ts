/** Protocols that are described in files of their own. */
import { dirname, isAbsolute, join } from "node:path";
import { UserError } from "../cli/error.js";
import { readText } from "../cli/file.js";
import { describe } from "../declared/load.js";
import type { Description } from "../declared/model.js";
import type { RawProtocol } from "../declared/raw.js";
import { formatProblem, type Finding, type Problem } from "./problem.js";
import { checkSchema } from "./schema.js";
import { parseSource } from "./source.js";

/** Is this the path of a file rather than a protocol's name? */
export function isPath(protocol: unknown): protocol is string {
  return typeof protocol === "string" && /^(\.{1,2}\/|\/)/.test(protocol);
}

/** What a `kind: Protocol` document describes, or what is wrong with it. */
export function describeDocument(
  value: object,
): { description: Description } | { findings: Finding[] } {
  const findings = checkSchema("Protocol", value);
  return findings.length > 0 ? { findings } : describe(value as RawProtocol);
}

/** Whether a document is of `kind: Protocol`. */
export function isDescription(value: unknown): boolean {
  return (
    typeof value === "object" && value !== null && "kind" in value && value.kind === "Protocol"
  );
}

/**
 * The description in a file.
 * @param from the file that names it, if any; relative paths start there
 * @throws UserError if the file can't be read or holds none
 */
export function readDescription(
  path: string,
  from?: string,
): { description: Description } | { problems: Problem[] } {
  const file = from === undefined || isAbsolute(path) ? path : join(dirname(from), path);
  const text = readText(file, "Check the path; it starts at the file that names it.");
  const { documents, problems } = parseSource(file, text);
  if (problems.length > 0) return { problems };
  const document = documents.find(({ value }) => isDescription(value));
  if (document === undefined) {
    const remedy = "Write `apiVersion: argot.dev/v1` and `kind: Protocol` in it.";
    throw new UserError("holds no description of a protocol", { file, remedy });
  }
  const described = describeDocument(document.value as object);
  if ("description" in described) return described;
  return { problems: described.findings.map((finding) => document.place(finding)) };
}

/**
 * Like `readDescription`.
 * @throws UserError that lists all mistakes
 */
export function loadDescription(path: string): Description {
  const read = readDescription(path);
  if ("description" in read) return read.description;
  throw new UserError(read.problems.map(formatProblem).join("\n"));
}
