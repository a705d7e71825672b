/** What became of every field of the documents that are migrated. */
import type { Problem } from "../protocol/problem.js";
import type { Files, Resource } from "./resources.js";
import { compare } from "./order.js";

/**
 * `maps`: the same in Istio's or Argot's words. `differently`: it is there, but not quite the
 * same. `none`: nothing does it; `note` says what to do instead.
 */
export type Verdict = "maps" | "differently" | "none";

export interface Entry {
  /** E.g. `spec.routes[0].match.attributes.method`; what lies under it is meant, too. */
  field: string;
  line: number;
  verdict: Verdict;
  /** What it became. */
  to?: string;
  note?: string;
}

export interface DocumentReport {
  file: string;
  line: number;
  kind: string;
  /** `namespace/name`. */
  name: string;
  entries: Entry[];
}

export interface Report {
  documents: DocumentReport[];
  /** Documents that have nothing to do with Aeraki: `Kind namespace/name`. */
  unread: string[];
  /** Nothing is written while there are any. */
  problems: Problem[];
}

/** @param concerned the resources that have to do with Aeraki */
export function toReport(
  files: Files,
  resources: readonly Resource[],
  concerned: ReadonlySet<Resource>,
): Report {
  const ours = resources.filter((resource) => concerned.has(resource));
  for (const resource of ours) noteUnknown(resource);
  return {
    documents: ours.map(({ file, line, kind, namespace, name, root }) => ({
      ...{ file, line, kind, name: `${namespace}/${name}` },
      entries: root.ledger.sorted(),
    })),
    unread: resources.filter((one) => !concerned.has(one)).map(titleOf),
    problems: [...files.problems, ...resources.flatMap(({ root }) => root.ledger.problems)].sort(
      (a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column,
    ),
  };
}

/** All that no step has spoken of. */
function noteUnknown({ group, root }: Resource): void {
  if (!group.endsWith("aeraki.io")) return;
  const parts = [...root.at("metadata").members(), ...root.at("spec").members()];
  for (const field of parts.flatMap(([, part]) => part.unmentioned())) {
    if (OWN.includes(field.path.join("."))) continue;
    field.none("Aeraki has no such field, and it had no effect: left out.");
  }
}

/** Names stay: the report's headings show them. */
const OWN = ["metadata.name", "metadata.namespace"];

function titleOf({ kind, namespace, name }: Resource): string {
  return `${kind} ${namespace}/${name}`;
}

export function countVerdicts({ documents }: Report): Record<Verdict, number> {
  const counts = { maps: 0, differently: 0, none: 0 };
  for (const { entries } of documents) for (const { verdict } of entries) counts[verdict]++;
  return counts;
}

/** How the verdicts read in text. */
const words: Record<Verdict, string> = {
  maps: "maps",
  differently: "maps differently",
  none: "no equivalent",
};

/** The report as lines of text, a document after the other. */
export function reportText(report: Report): string {
  const lines = report.documents.flatMap(({ file, line, kind, name, entries }) => [
    `${file}:${line} ${kind} ${name}`,
    ...entries.map(entryText),
    "",
  ]);
  if (report.unread.length > 0) {
    lines.push("Not of Aeraki, left as they are", ...report.unread.map((name) => `  ${name}`), "");
  }
  const { maps, differently, none } = countVerdicts(report);
  lines.push(`${maps} map, ${differently} map differently, ${none} have no equivalent`);
  return `${lines.join("\n")}\n`;
}

function entryText({ field, line, verdict, to, note }: Entry): string {
  const became = to === undefined ? "" : ` → ${to}`;
  const more = note === undefined ? "" : `\n      ${note}`;
  return `  ${words[verdict]}: ${field} (line ${line})${became}${more}`;
}
