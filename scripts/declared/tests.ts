/** Conditions: `{ type: [0, 1], meta.1: present, from: client }`, all of which must hold. */
import type { Path } from "../protocol/problem.js";
import { show } from "../protocol/wording.js";
import { type Findings, Wrong } from "./findings.js";
import type { Test } from "./model.js";
import type { RawTests } from "./raw.js";
import type { Scope } from "./scope.js";

/** What conditions may ask for: numbers of the frame only, protobuf too, attachments as well. */
export type Reach = "numbers" | "head" | "all";

export function readTests(
  raw: RawTests,
  path: Path,
  scope: Scope,
  findings: Findings,
  reach: Reach,
): Test[] {
  return findings.attemptEach(Object.entries(raw), ([name, value]) => {
    const at = [...path, name];
    if (typeof value !== "string") return readNumber(name, [value].flat(), at, scope, reach);
    if (name !== "from") return readPresence(name, value, at, scope, reach);
    if (value === "client" || value === "server") return { from: value };
    throw new Wrong(at, `is ${show(value)}`, "Write `client` or `server`.");
  });
}

function readNumber(name: string, values: number[], path: Path, scope: Scope, reach: Reach): Test {
  if (attachmentOf(name) !== undefined)
    throw new Wrong(path, "compares an attachment", "Write `present` or `absent`.");
  if (scope.isLeaf(name) && reach === "numbers") throw tooEarly(path);
  scope.checkNumber(name, path);
  return { number: name, in: values };
}

function readPresence(name: string, value: string, path: Path, scope: Scope, reach: Reach): Test {
  if (value !== "present" && value !== "absent")
    throw new Wrong(path, `is ${show(value)}`, "Write a number, `present` or `absent`.");
  if (reach === "numbers") throw tooEarly(path);
  const present = value === "present";
  const attachment = attachmentOf(name);
  if (attachment === undefined) {
    scope.checkSpan(name, path);
    return { span: name, present };
  }
  if (reach === "all") return { attachment, present };
  throw new Wrong(path, "asks for an attachment", "A frame's kind must be told by its head.");
}

/** The name in `attachment NAME`. */
export function attachmentOf(text: string): string | undefined {
  return /^attachment (.+)$/.exec(text)?.[1];
}

function tooEarly(path: Path): Wrong {
  const remedy = "Ask for numbers of elements that come before this one.";
  return new Wrong(path, "asks for what is read later", remedy);
}
