/** Checks of `routeOn` and of matches, the same in both kinds of documents. */
import { RE2JS } from "re2js";
import { headerOf } from "./headers.js";
import type { Match, Mode, ProtocolName } from "./model.js";
import { fieldOf, type Finding, type Path } from "./problem.js";
import { protocols } from "./protocols.js";

/** Does the protocol carry the keys, and do they stay apart as headers? */
export function checkRouteOn(
  routeOn: string[],
  protocol: ProtocolName,
  path: Path,
  mode: Mode,
): Finding[] {
  const facts = protocols[protocol];
  const headers = routeOn.map(headerOf);
  return routeOn.flatMap((key, i): Finding[] => {
    if (!facts.carries(key)) {
      return [
        {
          path: [...path, i],
          message: `is "${key}", which no ${protocol} request carries`,
          remedy: `Write \`routeOn\` with what ${protocol} has: ${facts.keys}.`,
        },
      ];
    }
    const first = headers.indexOf(headers[i]!);
    if (mode !== "lanes" || first === i) return [];
    return [
      {
        path: [...path, i],
        message: `is "${key}", which is the same header as "${routeOn[first]}" (${headers[i]})`,
        remedy: "Route on one of the two only.",
      },
    ];
  });
}

/** Are the keys among `routeOn` (which stands at `routeOnPath`), and the expressions sound? */
export function checkMatches(
  matches: Match[],
  path: Path,
  routeOn: string[],
  routeOnPath: Path,
  mode: Mode,
): Finding[] {
  return matches.flatMap((match, i) => {
    const found: Finding[] = [];
    if (!routeOn.includes(match.key)) {
      found.push({
        path: [...path, i, "key"],
        message: `is "${match.key}", which \`${fieldOf(routeOnPath)}\` does not carry`,
        remedy: `Add "${match.key}" to \`${fieldOf(routeOnPath)}\`, or match one of: ${routeOn.join(", ")}.`,
      });
    }
    const fault = match.regex === undefined ? null : regexFault(match.regex);
    const beyond = mode === "connection" && fault === null ? beyondFilter(match.regex ?? "") : null;
    if (beyond !== null) {
      found.push({
        path: [...path, i, "regex"],
        message: `has \`${beyond}\`, which the filter can't do in mode \`connection\``,
        remedy:
          "Write it with literals, classes like [a-z] and \\d, (?:groups), |, *, +, ? and {n,m}.",
      });
    }
    if (fault !== null) {
      found.push({
        path: [...path, i, "regex"],
        message: `is no RE2 expression: ${fault}`,
        remedy: "RE2 has no look-around and no back-references; check brackets and escapes.",
      });
    }
    if (match.invert && fault === null && takesNothing(match)) {
      found.push({
        path: [...path, i, "invert"],
        message: "inverts a condition that the empty text fulfils, so absent keys are undecided",
        remedy: "Write `present: false`, or a condition that needs at least one character.",
      });
    }
    return found;
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

/**
 * What the filter's own matcher (assembly/filter/regex) lacks of RE2, or null: flags, named
 * groups, named classes and most escapes. In mode `lanes` Envoy's RE2 does the matching.
 */
function beyondFilter(regex: string): string | null {
  const [found] =
    /\\[a-cA-Ce-mE-Mo-qN-Ru-vT-Vx-zX-Z0-9]|\[:\w+:\]|\(\?(?!:)/.exec(
      regex.replaceAll("\\\\", ""),
    ) ?? [];
  return found ?? null;
}

function takesNothing({ exact, regex }: Match): boolean {
  return exact === "" || (regex !== undefined && RE2JS.matches(regex, ""));
}
