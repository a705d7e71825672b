/** Reads what `kinds`, `request` and `response` say: where a frame's values lie. */
import type { Path } from "../protocol/problem.js";
import { show } from "../protocol/wording.js";
import type { Findings } from "./findings.js";
import { type Attachments, type Description, type KindName, SLOTS, type Source } from "./model.js";
import type { RawAttachments, RawSource, RawSpec } from "./raw.js";
import type { Scope } from "./scope.js";
import { readTests } from "./tests.js";
import { parsePrefix, toPrefix } from "./words.js";

const MOST_SOURCES = 16;

export function readKinds(
  { kinds }: RawSpec,
  scope: Scope,
  findings: Findings,
): Description["kinds"] {
  const path = ["spec", "kinds"];
  const names = Object.keys(kinds) as KindName[];
  if (!names.includes("request") && !names.includes("oneway"))
    findings.add(path, "has no `request`", "Say by which numbers a request is known.");
  if (names.includes("request") && !names.includes("response"))
    findings.add(path, "has no `response`", "Say by which numbers, or `from: server`.");
  names.forEach((name, i) => {
    if (i < names.length - 1 && Object.keys(kinds[name] ?? {}).length === 0)
      findings.add([...path, name], "takes every frame, but is not the last", "Put it last.");
  });
  return names.map((kind) => ({
    kind,
    when: readTests(kinds[kind] ?? {}, [...path, kind], scope, findings, "head"),
  }));
}

export function readRequest(
  { request = {} }: RawSpec,
  scope: Scope,
  findings: Findings,
): Description["request"] {
  const path = ["spec", "request"];
  const attachments = readAttachments(
    request.attachments,
    [...path, "attachments"],
    scope,
    findings,
  );
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
  if (status !== undefined) scope.number(status, [...path, "status"]);
  const where = [...path, "attachments"];
  const attachments = readAttachments(response.attachments, where, scope, findings);
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
  return [raw].flat().flatMap((text, i) => {
    const at = Array.isArray(raw) ? [...path, i] : path;
    const source = readSource(text, at, scope);
    if (source !== undefined && "attachment" in source && attachments.every((a) => "name" in a))
      findings.add(
        at,
        "takes an attachment, but `attachments` says not where they lie",
        "Write `attachments` beside it: `lines <part>`, `pairs <part> …` or `map <part>.<field>`.",
      );
    return source === undefined ? [] : [source];
  });
}

/** `attachment NAME`, `text CONSTANT`, `number FIELD`, or the name of a number or of bytes. */
function readSource(text: string, path: Path, scope: Scope): Source | undefined {
  const [, word, rest = ""] = /^(attachment|text|number) (.+)$/.exec(text) ?? [];
  if (word === "attachment") return { attachment: rest };
  if (word === "number") return scope.number(rest, path) ? { number: rest } : undefined;
  if (word === "text") return { text: rest };
  if (scope.isNumber(text)) return { number: text };
  if (scope.elementOf(text) === undefined) {
    scope.unknown(text, path);
    return undefined;
  }
  const isNumberLeaf = scope.leaves.some(({ name, as }) => name === text && as === "number");
  if (isNumberLeaf) return { number: text };
  return scope.span(text, path) ? { span: text } : undefined;
}

function readAttachments(
  raw: RawAttachments | undefined,
  path: Path,
  scope: Scope,
  findings: Findings,
): Attachments[] {
  const list = raw === undefined ? [] : [raw].flat();
  const found = list.flatMap((entry, i): Attachments[] => {
    const at = Array.isArray(raw) ? [...path, i] : path;
    if (typeof entry === "string") {
      const collection = readCollection(entry, at, scope, findings);
      return collection === undefined ? [] : [collection];
    }
    return Object.entries(entry).flatMap(([name, text]) => {
      const source = readSource(text, [...at, name], scope);
      if (source === undefined) return [];
      if (!("attachment" in source)) return [{ name, source }];
      findings.add([...at, name], "renames an attachment", "Name a number or bytes.");
      return [];
    });
  });
  if (found.length > MOST_SOURCES)
    findings.add(path, `are more than ${MOST_SOURCES}`, "Take several from one part.");
  return found;
}

/** `lines <part>`, `pairs <part> <prefix> <prefix>` or `map <part>.<field>`. */
function readCollection(
  text: string,
  path: Path,
  scope: Scope,
  findings: Findings,
): Attachments | undefined {
  const [form, part = "", ...rest] = text.trim().split(/\s+/);
  if (form === "map" && rest.length === 0) {
    if (!scope.isLeaf(part)) {
      const remedy = "Write `map <part>.<field>`, e.g. `map meta.9`.";
      return findings.add(path, `is ${show(text)}, which names no protobuf field`, remedy);
    }
    return scope.leaf(part, "map", path) ? { map: part } : undefined;
  }
  if (form === "lines" && rest.length === 0)
    return scope.span(part, path) ? { lines: part } : undefined;
  const [name, value] = rest.map(parsePrefix);
  if (form === "pairs" && rest.length === 2 && name !== undefined && value !== undefined) {
    if (!scope.span(part, path)) return undefined;
    const little = scope.little;
    return {
      pairs: part,
      nameLength: toPrefix(name, little),
      valueLength: toPrefix(value, little),
    };
  }
  const forms = "`lines <part>`, `pairs <part> u32 u32` or `map <part>.<field>`";
  return findings.add(path, `is ${show(text)}, no form of attachments`, `Write ${forms}.`);
}
