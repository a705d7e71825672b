/** Which route takes a request: what Envoy decides, computed here to explain and to check it. */
import { RE2JS } from "re2js";
import type { Match, Route, Service } from "./model.js";

/** Metadata of a request by key; a key that it lacks is undefined. */
export type Metadata = Readonly<Record<string, string | undefined>>;

/** The first route whose matches all hold; undefined: none, the request is answered with 404. */
export function decide(service: Service, metadata: Metadata): Route | undefined {
  return service.routes.find(({ match }) => match.every((one) => holds(one, metadata)));
}

function holds(match: Match, metadata: Metadata): boolean {
  return fulfils(match, metadata[match.key]) !== (match.invert ?? false);
}

function fulfils({ exact, prefix, regex, present }: Match, value: string | undefined): boolean {
  if (present !== undefined) return (value !== undefined) === present;
  if (value === undefined) return false;
  if (exact !== undefined) return value === exact;
  if (prefix !== undefined) return value.startsWith(prefix);
  return RE2JS.matches(regex ?? "", value);
}
