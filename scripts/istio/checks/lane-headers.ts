/** Which headers a lane has, and what to say of one that it has not. */
import { headerOf, headerValueOf } from "../../protocol/headers.js";
import { factsOf, titleOf } from "../../protocol/protocols.js";
import { list, nearest, show } from "../../protocol/wording.js";
import type { Field } from "./field.js";
import type { Spoken } from "./mesh.js";
import type { Fault, Notes } from "./notes.js";
import { regexFault } from "./regexes.js";

const PREFIX = "x-argot-";
const ATTACHMENT = `${PREFIX}attachment-`;
const standardKeys = ["service", "method", "version", "group", "parameterTypes"];

/** What Envoy itself adds to every request before it routes, and the number that weights use. */
const ofEnvoy =
  /^(:authority|:path|:method|:scheme|x-(envoy|forwarded)-.*|x-request-id|x-argot-random)$/;

/** The headers of the keys that any of the services routes on. */
function headersOf(services: Spoken[]): string[] {
  return [...new Set(services.flatMap(({ protocol }) => protocol.routeOn.map(headerOf)))];
}

/** Why no lane of these services has the header, or null if one may have it. */
export function headerFault(name: string, services: Spoken[]): Fault | null {
  const header = name.toLowerCase();
  const headers = headersOf(services);
  if (ofEnvoy.test(header) || headers.includes(header)) return null;
  const message = `is a header that no lane of ${services[0]?.host ?? ""} has`;
  if (header.startsWith("@request.auth.")) {
    const remedy = "Lanes carry no token: route on an attachment instead.";
    return { message: "asks for a claim of a token, and no lane has one", remedy };
  }
  const asKey = headers.find((other) => [PREFIX, ATTACHMENT].some((p) => other === p + header));
  if (asKey !== undefined) return { message, remedy: `Lanes have it as \`${asKey}\`.` };
  const near = nearest(header, headers);
  const key = keyOf(header);
  if (key === undefined) {
    const known = headers.length === 0 ? "`routeOn` is empty" : `they have ${list(headers)}`;
    const meant = nearest(header, [...headers, ...standardKeys.map(headerOf)]);
    if (meant !== undefined) return { message, remedy: `Did you mean \`${meant}\`?` };
    return { message, remedy: `Match what lanes have (${known}), or drop it.` };
  }
  const carrier = services.find(({ protocol }) => factsOf(protocol.protocol).carries(key));
  if (carrier === undefined) return notCarried(key, services);
  const add = `dd "${key}" to \`spec.routeOn\` of the ApplicationProtocol ${carrier.protocol.name}.`;
  return {
    message: `is a header that no lane has, because \`routeOn\` has no "${key}"`,
    remedy: near === undefined ? `A${add}` : `Did you mean \`${near}\`? Otherwise a${add}`,
  };
}

function notCarried(key: string, [service]: Spoken[]): Fault {
  const protocol = service?.protocol.protocol ?? "";
  return {
    message: `asks for "${key}", which no ${titleOf(protocol)} request carries`,
    remedy: `Match what ${titleOf(protocol)} has: ${factsOf(protocol).keys}.`,
  };
}

/** The key whose header this would be; of an attachment the name in lower case. */
function keyOf(header: string): string | undefined {
  if (header.startsWith(ATTACHMENT) && header.length > ATTACHMENT.length) {
    return `attachment.${header.slice(ATTACHMENT.length)}`;
  }
  return standardKeys.find((key) => headerOf(key) === header);
}

/** Can a header of lanes have such a value? `match` has one of exact, prefix and regex. */
export function checkHeaderMatch(name: string, match: Field, services: Spoken[], notes: Notes) {
  for (const kind of ["exact", "prefix"] as const) {
    const value = match.at(kind).text;
    if (value === undefined) continue;
    const sent = sentAs(value, kind);
    if (sent !== value) {
      const remedy = `Write ${show(sent)}: headers carry control characters and outer spaces so.`;
      notes.error(match.at(kind), `is ${show(value)}, which no lane's header ever is`, remedy);
    }
  }
  if (match.at("exact").text === "") {
    const remedy = "For requests that lack it, write `withoutHeaders` with `{}`.";
    const message = "holds only for requests that carry the key with an empty value";
    notes.warning(match.at("exact"), message, remedy);
  }
  const number = match.at("exact").text;
  const isNumbered = services.every(({ protocol }) => protocol.protocol === "awesomerpc");
  if (isNumbered && name === headerOf("method") && number !== undefined && !/^\d+$/.test(number)) {
    const message = `is ${show(number)}, but methods of awesomerpc are numbers`;
    notes.error(match.at("exact"), message, 'Write the command\'s number, e.g. "1".');
  }
  notes.fault(match.at("regex"), regexFault(match.at("regex").text));
}

/** How a lane's header would have the value. */
export function sentAs(value: string, kind: "exact" | "prefix"): string {
  // A prefix may end in a space: what follows keeps it.
  return kind === "exact" ? headerValueOf(value) : headerValueOf(`${value}x`).slice(0, -1);
}

/** Why the name of a host is not what lanes carry. */
export const severalServices =
  "but lanes of an ApplicationProtocol with several services carry the address that was called";

/** A lane's authority; undefined: the address and port that the client called. */
export function authorityOf({ protocol, host }: Spoken): string | undefined {
  // One configuration of the filter serves all services of an ApplicationProtocol.
  return protocol.services.length === 1 ? host : undefined;
}
