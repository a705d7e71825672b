/**
 * The path of a lane: `/service/method`, or the method alone where that is a path itself (tRPC).
 * What may not stand in a segment (RFC 3986, section 3.3) is sent as %XX, in upper case; what is
 * not in `routeOn` is left empty.
 */
import { list, show } from "../../protocol/wording.js";
import type { Spoken } from "./mesh.js";
import type { Fault } from "./notes.js";

/** Protocols whose methods never begin with a slash; of those that users describe nobody knows. */
const plainMethods = ["dubbo", "awesomerpc", "thrift", "bolt", "brpc", "motan2"];

type Kind = "exact" | "prefix";
interface Asked {
  path: string;
  kind: Kind;
  star: string;
}

/**
 * Why no lane of these services has such a path, or null if one may.
 * @param star what stands behind the path where it stands
 */
export function pathFault(path: string, kind: Kind, services: Spoken[], star = ""): Fault | null {
  const faults = services.map((service) => faultOf({ path, kind, star }, service));
  return faults.every((fault) => fault !== null) ? (faults[0] ?? null) : null;
}

function faultOf(asked: Asked, service: Spoken): Fault | null {
  const { path, kind, star } = asked;
  const shown = show(path + star);
  if (kind === "prefix" && (path === "" || path === "/")) return null;
  if (!path.startsWith("/")) {
    const message = `is ${shown}, but paths begin with a slash`;
    return { message, remedy: `Write ${show(`/${path}${star}`)}.` };
  }
  if (/[?#]/.test(path)) {
    const remedy = "Leave the query out, and match attachments by their headers.";
    return { message: `is ${shown}, but lanes have no query`, remedy };
  }
  return encodingFault(asked) ?? shapeFault(asked, service);
}

function encodingFault({ path, kind, star }: Asked): Fault | null {
  // The last of a prefix may be the beginning of an escape.
  const whole = kind === "prefix" ? path.replace(/%.?$/, "") : path;
  const sent = whole.replace(/%([0-9a-fA-F]{2})|[^/]/gu, (char, hex: string | undefined) =>
    hex === undefined ? encode(char) : encode(String.fromCharCode(parseInt(hex, 16)), char),
  );
  if (sent === whole) return null;
  const message = `is ${show(path + star)}, which no lane's path ever is`;
  return { message, remedy: `Write ${show(sent + star)}: so lanes send these characters.` };
}

/** A character as it stands in a segment; `escaped`: it came as this escape. */
function encode(char: string, escaped?: string): string {
  if (/[A-Za-z0-9\-._~!$&'()*+,;=:@]/.test(char)) return char;
  if (escaped !== undefined) return escaped.toUpperCase();
  return Array.from(new TextEncoder().encode(char))
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`)
    .join("");
}

function shapeFault({ path, kind, star }: Asked, service: Spoken): Fault | null {
  const { routeOn, protocol, name } = service.protocol;
  const hasMethod = routeOn.includes("method");
  const isPlain = typeof protocol === "string" && plainMethods.includes(protocol);
  if (hasMethod && !isPlain) return null;
  const [, first = "", second, ...more] = path.split("/");
  const message = `is ${show(path + star)}, which no lane's path ever is`;
  const missing = [
    ...(first !== "" && !routeOn.includes("service") ? ["service"] : []),
    ...((second ?? "") !== "" && !hasMethod ? ["method"] : []),
  ];
  if (missing.length > 0) {
    const lacks = `${message}: \`routeOn\` of ${name} has no ${list(missing)}, so that part is empty`;
    return { message: lacks, remedy: `Add ${list(missing)} to \`spec.routeOn\`.` };
  }
  const isShort = kind === "exact" && second === undefined;
  if (more.length === 0 && !isShort) return null;
  const example = "/demo.Greeter/hello";
  return { message, remedy: `A lane's path is /service/method, e.g. ${show(example)}.` };
}

/** Why no path can match the expression, as far as its beginning tells. */
export function pathRegexFault(regex: string): Fault | null {
  // What may be optional or one of several is not looked into.
  if (!/^\^?[A-Za-z0-9_-](?![*?{])/.test(regex) || regex.includes("|")) return null;
  const message = `is ${show(regex)}, but paths begin with a slash, and all of it has to match`;
  return { message, remedy: "Begin it with `/` or `.*`." };
}
