/** Rules of a VirtualService that no request gets to, because an earlier one takes it. */
import type { Field } from "./field.js";
import type { Notes } from "./notes.js";

/** Conditions of one match, each as text; none: it takes everything. */
type Conditions = Set<string>;

/** @param rules those of `spec.http` that lanes may get to, in order */
export function checkReach(rules: Field[], notes: Notes): void {
  const earlier: { rule: Field; matches: Conditions[] }[] = [];
  for (const rule of rules) {
    const matches = conditionsOf(rule);
    const taker = earlier.find((other) =>
      matches.every((match) => other.matches.some((known) => covers(known, match))),
    );
    if (taker !== undefined) sayUnreached(rule, taker.rule, taker.matches, notes);
    // What a delegate takes is not known here.
    else if (!rule.at("delegate").exists) earlier.push({ rule, matches });
  }
}

function sayUnreached(rule: Field, by: Field, matches: Conditions[], notes: Notes): void {
  const index = by.path.at(-1);
  const name = by.at("name").text ?? `http[${index}]`;
  const everything = matches.some(({ size }) => size === 0);
  const takes = everything ? "takes everything" : "takes all that it matches";
  const message = `is never reached: rule "${name}" before it ${takes}`;
  notes.error(rule, message, "Move it up, or make the earlier rule's `match` narrower.");
}

/** All that `match` takes is taken by `known`: it asks for nothing more. */
function covers(known: Conditions, match: Conditions): boolean {
  return [...known].every((condition) => match.has(condition));
}

/** One set for each match, of which one has to hold; without any the rule takes everything. */
function conditionsOf(rule: Field): Conditions[] {
  const matches = rule.at("match").items;
  return matches.length === 0 ? [new Set()] : matches.map(conditionsOfMatch);
}

function conditionsOfMatch(match: Field): Conditions {
  const found: Conditions = new Set();
  for (const [name, field] of match.entries) {
    if (["name", "statPrefix", "ignoreUriCase"].includes(name)) continue;
    if (["headers", "withoutHeaders", "queryParams", "sourceLabels"].includes(name)) {
      for (const [key, value] of field.entries) found.add(`${name} ${key} ${textOf(value)}`);
    } else if (!(name === "uri" && ["", "/"].includes(field.at("prefix").text ?? "none"))) {
      const isCased = name === "uri" && match.at("ignoreUriCase").value === true;
      found.add(`${name} ${textOf(field)}${isCased ? " in any case" : ""}`);
    }
  }
  return found;
}

const textOf = ({ value }: Field): string => JSON.stringify(value);
