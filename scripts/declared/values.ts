/** Reads what `kinds`, `request` and `response` say: where a frame's values lie. */
import type { Path } from "../protocol/problem.js";
import { show } from "../protocol/wording.js";
import { type Findings, Wrong } from "./findings.js";
import { type Attachments, type Description, type KindName, SLOTS, type Source } from "./model.js";
import type { RawAttachments, RawSource, RawSpec } from "./raw.js";
import type { Scope } from "./scope.js";
import { attachmentOf, readTests } from "./tests.js";
import { parsePrefix, toPrefix } from "./words.js";

const MOST_ATTACHMENTS = 16;

export function readKinds(spec: RawSpec, scope: Scope, findings: Findings): Description["kinds"] {
  const path = ["spec", "kinds"];
  const names = Object.keys(spec.kinds) as KindName[];
  if (!names.includes("request") && !names.includes("oneway"))
    findings.add(path, "has no `request`", "Say by which numbers a request is known.");
  if (names.includes("request") && !names.includes("response"))
    findings.add(path, "has no `response`", "Say by which numbers, or `from: server`.");
  names.forEach((name, i) => {
    if (i < names.length - 1 && Object.keys(spec.kinds[name] ?? {}).length === 0)
      findings.add([...path, name], "takes every frame, but is not the last", "Put it last.");
  });
  return names.map((kind) => ({
    kind,
    when: readTests(spec.kinds[kind] ?? {}, [...path, kind], scope, findings, "head"),
  }));
}

export function readRequest(
  { request = {} }: RawSpec,
  scope: Scope,
  findings: Findings,
): Description["request"] {
  const path = ["spec", "request"];
  const attachments = readAttachments(request.attachments, path, scope, findings);
  const values: Description["request"] = { attachments };
  for (const slot of SLOTS) {
    const raw = request[slot];
    if (raw === undefined) continue;
    values[slot] = readSources(raw, [...path, slot], scope, findings, attachments);
  }
  return values;
}

export function readResponse(
  { response = {} }: RawSpec,
  scope: Scope,
  findings: Findings,
): Description["response"] {
  const path = ["spec", "response"];
  const { status, success = {}, message } = response;
  if (status !== undefined) findings.attempt(() => scope.checkNumber(status, [...path, "status"]));
  const attachments = readAttachments(response.attachments, path, scope, findings);
  const sources =
    message && readSources(message, [...path, "message"], scope, findings, attachments);
  return {
    ...(status !== undefined && { status }),
    success: readTests(success, [...path, "success"], scope, findings, "all"),
    ...(sources && { message: sources }),
    attachments,
  };
}

function readSources(
  raw: RawSource,
  path: Path,
  scope: Scope,
  findings: Findings,
  attachments: Attachments[],
): Source[] {
  return findings.attemptEach([raw].flat(), (text, i) => {
    const at = Array.isArray(raw) ? [...path, i] : path;
    const source = readSource(text, at, scope);
    if ("attachment" in source && attachments.every((a) => "name" in a))
      throw new Wrong(
        at,
        "takes an attachment, but `attachments` does not say where they lie",
        "Write `attachments` beside it: `lines PART`, `pairs PART …` or `map PART.FIELD`.",
      );
    return source;
  });
}

/** `attachment NAME`, `text CONSTANT`, `number FIELD`, or the name of a number or of bytes. */
function readSource(text: string, path: Path, scope: Scope): Source {
  const attachment = attachmentOf(text);
  if (attachment !== undefined) return { attachment };
  const [, word, rest = ""] = /^(text|number) (.+)$/.exec(text) ?? [];
  if (word === "text") return { text: rest };
  const name = word === "number" ? rest : text;
  scope.element(name, path);
  if (word === "number" || scope.isNumber(name)) {
    scope.checkNumber(name, path);
    return { number: name };
  }
  scope.checkSpan(name, path);
  return { span: name };
}

function readAttachments(
  raw: RawAttachments | undefined,
  parent: Path,
  scope: Scope,
  findings: Findings,
): Attachments[] {
  const path = [...parent, "attachments"];
  const entries = raw === undefined ? [] : [raw].flat();
  const found = findings.attemptEach(entries, (entry, i): Attachments[] => {
    const at = Array.isArray(raw) ? [...path, i] : path;
    if (typeof entry === "string") return [readCollection(entry, at, scope)];
    return findings.attemptEach(Object.entries(entry), ([name, text]) => {
      const source = readSource(text, [...at, name], scope);
      if (!("attachment" in source)) return { name, source };
      throw new Wrong([...at, name], "renames an attachment", "Name a number or bytes.");
    });
  });
  const attachments = found.flat();
  if (attachments.length > MOST_ATTACHMENTS)
    findings.add(path, `are more than ${MOST_ATTACHMENTS}`, "Take several from one part.");
  return attachments;
}

/** `lines PART`, `pairs PART <prefix> <prefix>` or `map PART.FIELD`. */
function readCollection(text: string, path: Path, scope: Scope): Attachments {
  const [form, part = "", ...rest] = text.trim().split(/\s+/);
  if (form === "map" && rest.length === 0 && scope.isLeaf(part)) {
    scope.addLeaf(part, "map", path);
    return { map: part };
  }
  if (form === "lines" && rest.length === 0) {
    scope.checkSpan(part, path);
    return { lines: part };
  }
  const [name, value] = rest.map(parsePrefix);
  if (form === "pairs" && rest.length === 2 && name !== undefined && value !== undefined) {
    scope.checkSpan(part, path);
    const [nameLength, valueLength] = [name, value].map((prefix) => toPrefix(prefix, scope.little));
    return { pairs: part, nameLength, valueLength } as Attachments;
  }
  const remedy = "Write `lines PART`, `pairs PART u32 u32` or `map PART.FIELD`.";
  throw new Wrong(path, `is ${show(text)}, no form of attachments`, remedy);
}
