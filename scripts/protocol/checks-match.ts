/** Checks of `routeOn` and of matches, the same in both kinds of documents. */
import { RE2JS } from "re2js";
import { filterRegexFault } from "./filter-regex.js";
import { headerOf, headerValueOf } from "./headers.js";
import type { Match, Mode } from "./model.js";
import { fieldOf, type Finding, type Path } from "./problem.js";
import { factsOf, type Protocol, titleOf } from "./protocols.js";
import { nearest, show } from "./wording.js";

/** Does the protocol carry the keys, and do they stay apart as headers? */
export function checkRouteOn(
  routeOn: string[],
  protocol: Protocol,
  path: Path,
  mode: Mode,
): Finding[] {
  const facts = factsOf(protocol);
  const title = titleOf(protocol);
  const firstOf = new Map<string, string>();
  return routeOn.flatMap((key, i): Finding[] => {
    if (!facts.carries(key)) {
      return [
        {
          path: [...path, i],
          message: `is "${key}", which no ${title} request carries`,
          remedy: `Write \`routeOn\` with what ${title} has: ${facts.keys}.`,
        },
      ];
    }
    const header = headerOf(key);
    const first = firstOf.get(header);
    firstOf.set(header, first ?? key);
    if (mode !== "lanes" || first === undefined) return [];
    return [
      {
        path: [...path, i],
        message: `is "${key}", which is the same header as "${first}" (${header})`,
        remedy: "Route on one of the two only.",
      },
    ];
  });
}

/** Are the keys among `routeOn` (which stands at `routeOnPath`), and the conditions sound? */
export function checkMatches(
  matches: Match[],
  path: Path,
  routeOn: string[],
  routeOnPath: Path,
  mode: Mode,
): Finding[] {
  return matches.flatMap((match, i) => {
    const at = [...path, i];
    const found = match.regex === undefined ? [] : checkRegex(match.regex, at, mode);
    const isSound = found.length === 0;
    if (!routeOn.includes(match.key)) found.push(unknownKey(match.key, at, routeOn, routeOnPath));
    if (mode === "lanes") found.push(...checkHeaderValue(match, at));
    if (isSound && match.invert && takesNothing(match)) {
      found.push({
        path: [...at, "invert"],
        message: "inverts a condition that the empty text fulfils, so absent keys are undecided",
        remedy: "Write `present: false`, or a condition that needs at least one character.",
      });
    }
    return found;
  });
}

function unknownKey(key: string, path: Path, routeOn: string[], routeOnPath: Path): Finding {
  const near = nearest(key, routeOn);
  const others = routeOn.length === 0 ? "it is empty so far" : `it has ${routeOn.join(", ")}`;
  return {
    path: [...path, "key"],
    message: `is "${key}", which \`${fieldOf(routeOnPath)}\` does not carry`,
    remedy:
      near === undefined
        ? `Add "${key}" to \`${fieldOf(routeOnPath)}\` (${others}).`
        : `Did you mean "${near}"? Otherwise add "${key}" to \`${fieldOf(routeOnPath)}\`.`,
  };
}

function checkRegex(regex: string, path: Path, mode: Mode): Finding[] {
  const fault = regexFault(regex);
  if (fault !== null) {
    return [
      {
        path: [...path, "regex"],
        message: `is no RE2 expression: ${fault}`,
        remedy: "RE2 has no look-around and no back-references; check brackets and escapes.",
      },
    ];
  }
  const beyond = mode === "connection" ? filterRegexFault(regex) : null;
  if (beyond === null) return [];
  return [
    {
      path: [...path, "regex"],
      message: `${beyond}, which the filter can't do in mode \`connection\``,
      remedy:
        "Write it with literals, classes like [a-z] and \\d, (?:groups), |, *, +, ? and small {n,m}; \\{ is a brace.",
    },
  ];
}

/** Does a value have what the header that is matched can never have? */
function checkHeaderValue(match: Match, path: Path): Finding[] {
  return (["exact", "prefix"] as const).flatMap((name): Finding[] => {
    const value = match[name];
    if (value === undefined) return [];
    // A prefix may end in a space: what follows keeps it.
    const sent = name === "exact" ? headerValueOf(value) : headerValueOf(`${value}x`).slice(0, -1);
    if (sent === value) return [];
    return [
      {
        path: [...path, name],
        message: `is ${show(value)}, which no lane's header ever is`,
        remedy: `Write ${show(sent)}: headers carry control characters and outer spaces so.`,
      },
    ];
  });
}

/** What is wrong with an RE2 expression, or null. */
function regexFault(regex: string): string | null {
  try {
    RE2JS.compile(regex);
    return null;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return said.replace(/^error parsing regexp: /, "");
  }
}

function takesNothing({ exact, regex }: Match): boolean {
  return exact === "" || (regex !== undefined && RE2JS.matches(regex, ""));
}
