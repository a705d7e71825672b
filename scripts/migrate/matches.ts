/** MetaRouter's conditions on attributes as conditions on the headers of lanes. */
import { RE2JS } from "re2js";
import { headerOf, headerValueOf } from "../protocol/headers.js";
import { keyOf, type Codec } from "./codecs.js";
import type { Field } from "./field.js";

/** Istio's StringMatch; the empty one asks for the header to be there. */
export type StringMatch = { exact: string } | { prefix: string } | { regex: string } | object;

export interface HeaderMatches {
  headers: Record<string, StringMatch>;
  keys: string[];
}

/** undefined: a condition can't be said in headers; the report says which. */
export function migrateMatch(
  attributes: readonly [string, Field][],
  codec: Codec,
): HeaderMatches | undefined {
  const found: HeaderMatches = { headers: {}, keys: [] };
  let isWhole = true;
  for (const [name, field] of attributes) {
    const key = keyOf(codec, name);
    if ("lost" in key) {
      field.none(`Argot: ${key.lost}.`);
      isWhole = false;
      continue;
    }
    const matches = isMultiplexed(codec, key.key)
      ? thriftMethod(field)
      : { [key.key]: stringMatch(field) };
    if (matches === undefined) isWhole = false;
    for (const [each, match] of Object.entries(matches ?? {})) {
      const header = headerOf(each);
      if (header in found.headers) {
        field.wrong(`is the same header as another attribute (${header})`, "Match one of them.");
      }
      found.headers[header] = match;
      found.keys.push(each);
    }
    if (matches !== undefined) noteAttribute(field, codec, Object.keys(matches));
  }
  return isWhole ? found : undefined;
}

function noteAttribute(field: Field, codec: Codec, keys: string[]): void {
  const to = `headers ${keys.map(headerOf).join(", ")}`;
  const isEmpty = Object.values(field.value ?? {}).every((text) => text === "" || text === "*");
  if (codec.blind) {
    field.differently(to, "Aeraki's codec reads no attributes, so this never held; now it can.");
  } else if (isEmpty && field.value !== null) {
    field.differently(
      to,
      "Asks for the attribute to be there, as documented; Aeraki may take all.",
    );
  } else if (isMultiplexed(codec, "method")) {
    field.differently(
      to,
      "`method` is what follows the colon in multiplexed calls, `service` what stands before it.",
    );
  } else if (keys.some((key) => key.startsWith("attachment."))) {
    field.maps(
      to,
      "Write the name as clients send it: unlike Aeraki, Argot minds upper and lower case.",
    );
  } else field.maps(to);
}

/** One condition, with the values as headers have them. */
function stringMatch(field: Field): StringMatch {
  const given = field.members();
  const unknown = given.filter(([name]) => !["exact", "prefix", "regex"].includes(name));
  for (const [, each] of unknown) each.wrong("is no condition", "Write exact, prefix or regex.");
  if (given.length > 1)
    field.wrong("has several conditions", "Keep one of exact, prefix and regex.");
  const [name, value] = given[0] ?? [];
  const text = value?.text() ?? "";
  if (text === "" || (name === "regex" && text === "*")) return {};
  if (name === "exact") return { exact: headerValueOf(text) };
  // A prefix may end in a space: what follows keeps it.
  if (name === "prefix") return { prefix: headerValueOf(`${text}x`).slice(0, -1) };
  checkRegex(text, field);
  return { regex: text };
}

function checkRegex(text: string, field: Field): void {
  try {
    RE2JS.compile(text);
  } catch {
    field
      .at("regex")
      .wrong("is no RE2 expression", "Check brackets and escapes; there is no look-around.");
  }
}

function isMultiplexed({ protocol }: Codec, key: string): boolean {
  return protocol === "thrift" && key === "method";
}

/** Aeraki's `Service:method` are two keys of Argot. */
function thriftMethod(field: Field): Record<string, StringMatch> | undefined {
  const match = stringMatch(field);
  if ("regex" in match && match.regex.includes(":")) {
    field.none("Match `service` and `method`, one expression for each, in the VirtualService.");
    return undefined;
  }
  const [name = "", text = ""] = Object.entries(match)[0] ?? [];
  const colon = (text as string).indexOf(":");
  if (name === "regex" || colon < 0) return { method: match };
  const service = { exact: (text as string).slice(0, colon) };
  const method = (text as string).slice(colon + 1);
  return method === "" ? { service } : { service, method: { [name]: method } };
}
