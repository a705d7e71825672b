/** The conditions of an http rule: can a lane fulfil them? */
import { list, show } from "../../protocol/wording.js";
import type { Field } from "./field.js";
import { authorityOf, checkHeaderMatch, headerFault, severalServices } from "./lane-headers.js";
import { pathFault, pathRegexFault } from "./lane-paths.js";
import type { Spoken } from "./mesh.js";
import type { Notes } from "./notes.js";
import { matchesText, regexFault } from "./regexes.js";

/** @param match one member of `http[].match` */
export function checkLaneMatch(match: Field, services: Spoken[], notes: Notes): void {
  checkUri(match.at("uri"), services, notes);
  checkFixed(match.at("method"), ["POST"], "every lane is a POST", notes);
  checkFixed(match.at("scheme"), ["http"], "a lane's scheme is http", notes);
  checkAuthority(match.at("authority"), services, notes);
  for (const [name, field] of match.at("queryParams").entries) {
    const remedy = "Match an attachment by its header instead.";
    notes.error(field.key, `asks for the query parameter ${name}, and lanes have none`, remedy);
  }
  for (const [name, field] of match.at("headers").entries) {
    checkName(name, field, services, notes);
    const fault = headerFault(name, services);
    notes.fault(field.key, fault);
    if (fault === null) checkHeaderMatch(name.toLowerCase(), field, services, notes);
  }
  for (const [name, field] of match.at("withoutHeaders").entries) {
    checkName(name, field, services, notes);
    const fault = headerFault(name, services);
    if (fault === null) checkHeaderMatch(name.toLowerCase(), field, services, notes);
    else checkAbsent(name, field, fault.remedy, notes);
  }
}

/** That a header is missing which is always missing excludes nothing. */
function checkAbsent(name: string, field: Field, remedy: string, notes: Notes): void {
  const message = `is a header that lanes never have, so this excludes nothing`;
  if (/^x-argot-/i.test(name)) notes.error(field.key, message, remedy);
  else notes.warning(field.key, message, "Drop it.");
}

function checkName(name: string, field: Field, services: Spoken[], notes: Notes): void {
  if (name === name.toLowerCase() || headerFault(name, services) !== null) return;
  const remedy = `Write \`${name.toLowerCase()}\`.`;
  notes.warning(field.key, "has upper-case letters, and headers of HTTP/2 have none", remedy);
}

function checkUri(uri: Field, services: Spoken[], notes: Notes): void {
  for (const kind of ["exact", "prefix"] as const) {
    const path = uri.at(kind).text;
    if (path !== undefined) notes.fault(uri.at(kind), pathFault(path, kind, services));
  }
  const regex = uri.at("regex").text;
  if (regex === undefined) return;
  notes.fault(uri.at("regex"), regexFault(regex) ?? pathRegexFault(regex));
}

function checkAuthority(match: Field, services: Spoken[], notes: Notes): void {
  const names = services.flatMap((service) => authorityOf(service) ?? []);
  if (names.length === services.length) {
    checkFixed(match, names, `a lane's authority is ${names.join(" or ")}`, notes);
    return;
  }
  const isName = services.some(({ host }) => host === match.at("exact").text?.toLowerCase());
  if (!isName) return;
  const remedy = "Drop it, or give the service an ApplicationProtocol of its own.";
  notes.error(match.at("exact"), `is ${show(match.at("exact").text)}, ${severalServices}`, remedy);
}

/** A condition on what has the same value, or one of a few, in all lanes. */
function checkFixed(match: Field, values: string[], because: string, notes: Notes): void {
  for (const kind of ["exact", "prefix", "regex"] as const) {
    const field = match.at(kind);
    if (field.text === undefined) continue;
    const fault = kind === "regex" ? regexFault(field.text) : null;
    notes.fault(field, fault);
    if (values.some((value) => matchesText({ [kind]: field.text }, value))) continue;
    const message = `is ${show(field.text)}, but ${because}`;
    notes.error(field, message, `Write ${list([...new Set(values)])}, or drop the condition.`);
  }
}
