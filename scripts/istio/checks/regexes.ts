/** Regular expressions that Istio hands to Envoy. */
import { RE2JS } from "re2js";
import type { Fault } from "./notes.js";

/** istio/pkg/config/validation (validateStringRegexp). */
const LONGEST = 1024;

/** What is wrong with an expression, or null. Istio takes `*` for "is there". */
export function regexFault(regex: string | undefined): Fault | null {
  if (regex === undefined || regex === "*") return null;
  if (regex.length > LONGEST) {
    const message = `has ${regex.length} characters, and Istio takes at most ${LONGEST}`;
    return { message, remedy: "Shorten it, or write several matches." };
  }
  try {
    RE2JS.compile(regex);
    return null;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return {
      message: `is no RE2 expression: ${said.replace(/^error parsing regexp: /, "")}`,
      remedy: "RE2 has no look-around and no back-references; check brackets and escapes.",
    };
  }
}

/** Does a match of one of exact, prefix and regex hold for the text? Undefined: none is there. */
export function matchesText(
  { exact, prefix, regex }: Partial<Record<"exact" | "prefix" | "regex", string>>,
  text: string,
): boolean | undefined {
  if (exact !== undefined) return exact === text;
  if (prefix !== undefined) return text.startsWith(prefix);
  if (regex === undefined) return undefined;
  return regexFault(regex) !== null || regex === "*" || RE2JS.matches(regex, text);
}
