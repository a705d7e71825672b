/** Conditions: `{ type: [0, 1], meta.1: present, from: client }`, all of which must hold. */
import type { Path } from "../protocol/problem.js";
import { show } from "../protocol/wording.js";
import type { Findings } from "./findings.js";
import type { Test } from "./model.js";
import type { RawTests } from "./raw.js";
import type { Scope } from "./scope.js";

/** What conditions may ask for: elements' numbers only, protobuf too, or attachments as well. */
export type Reach = "numbers" | "head" | "all";

const ATTACHMENT = /^attachment (.+)$/;

export function readTests(
  raw: RawTests,
  path: Path,
  scope: Scope,
  findings: Findings,
  reach: Reach,
): Test[] {
  return Object.entries(raw).flatMap(([name, value]) => {
    const test = readTest(name, value, [...path, name], scope, findings, reach);
    return test === undefined ? [] : [test];
  });
}

function readTest(
  name: string,
  value: RawTests[string],
  path: Path,
  scope: Scope,
  findings: Findings,
  reach: Reach,
): Test | undefined {
  if (name === "from") {
    if (value === "client" || value === "server") return { from: value };
    return findings.add(path, `is ${show(value)}`, "Write `client` or `server`.");
  }
  const attachment = ATTACHMENT.exec(name)?.[1];
  if (typeof value !== "string") {
    if (attachment !== undefined)
      return findings.add(path, "compares an attachment", "Write `present` or `absent`.");
    if (scope.isLeaf(name) && reach === "numbers") return earlier(path, findings);
    return scope.number(name, path) ? { number: name, in: [value].flat() } : undefined;
  }
  if (value !== "present" && value !== "absent")
    return findings.add(path, `is ${show(value)}`, "Write a number, `present` or `absent`.");
  const present = value === "present";
  if (reach === "numbers") return earlier(path, findings);
  if (attachment === undefined) return scope.span(name, path) ? { span: name, present } : undefined;
  if (reach === "all") return { attachment, present };
  return findings.add(path, "asks for an attachment", "A frame's kind must be told by its head.");
}

function earlier(path: Path, findings: Findings): undefined {
  const remedy = "Ask for numbers of elements that come before this one.";
  return findings.add(path, "asks for what is read later", remedy);
}
