/** The conditions of an AuthorizationPolicy's rule: can a lane fulfil them? */
import { list, show } from "../../protocol/wording.js";
import type { Field } from "./field.js";
import { authorityOf, headerFault, sentAs, severalServices } from "./lane-headers.js";
import { pathFault } from "./lane-paths.js";
import type { Mesh, Spoken } from "./mesh.js";
import type { Fault, Notes } from "./notes.js";

export interface Rule {
  rule: Field;
  /** ALLOW, DENY, AUDIT or CUSTOM. */
  action: string;
  services: Spoken[];
  mesh: Mesh;
  notes: Notes;
}

/** What comes of a rule that never matches. */
export const effects: Record<string, string> = {
  ALLOW: "nothing is allowed by it",
  DENY: "nothing is denied by it",
  other: "it never applies",
};

/** @param operation one of `rules[].to` */
export function checkOperation(operation: Field, rule: Rule): void {
  const { services } = rule;
  if (!isForLanes(operation, rule)) return;
  checkValues(operation.at("methods"), rule, (pattern) =>
    isLike(pattern, ["POST"]) ? null : fault(pattern, "every lane is a POST", "Write POST."),
  );
  checkNever(operation.at("notMethods"), ["POST"], "every lane is a POST", rule);
  checkHosts(operation, rule);
  checkValues(operation.at("paths"), rule, (pattern) => pathPatternFault(pattern, services));
}

function checkHosts(operation: Field, rule: Rule): void {
  const hosts = rule.services.flatMap((service) => authorityOf(service) ?? []);
  if (hosts.length < rule.services.length) {
    const names = rule.services.map(({ host }) => host);
    const remedy = "Ask for `ports`, or give the service an ApplicationProtocol of its own.";
    checkValues(operation.at("hosts"), rule, (pattern) =>
      names.includes(pattern.toLowerCase())
        ? { message: `is ${show(pattern)}, ${severalServices}`, remedy }
        : null,
    );
    return;
  }
  const because = `a lane's host is ${hosts.join(" or ")}`;
  checkValues(operation.at("hosts"), rule, (pattern) =>
    isLike(pattern.toLowerCase(), hosts) ? null : fault(pattern, because, `Write ${list(hosts)}.`),
  );
  checkNever(operation.at("notHosts"), hosts, because, rule);
}

/** Not, if its ports are others that the service is known to have. */
function isForLanes(operation: Field, rule: Rule): boolean {
  const { services, mesh } = rule;
  const ports = operation.at("ports").texts;
  const own = services.map(({ port }) => String(port));
  if (ports.length === 0 || ports.some((port) => own.includes(port))) return true;
  const known = services.flatMap(({ host }) => mesh.portsOf(host) ?? []);
  if (known.length > 0 && !known.some(({ number }) => ports.includes(String(number)))) {
    const because = `${services[0]?.host} is called at ${own.join(", ")}`;
    sayNever(
      operation.at("ports"),
      `is ${ports.join(", ")}, but ${because}`,
      `Write ${own[0]}.`,
      rule,
    );
  }
  return false;
}

/** @param when one of `rules[].when` */
export function checkWhen(when: Field, rule: Rule): void {
  const key = when.at("key");
  const text = key.text ?? "";
  if (text.startsWith("request.auth.")) {
    const remedy = "Ask for `source.principal`, or for a header of lanes.";
    sayNever(key, "asks for a token, and lanes have none", remedy, rule);
    return;
  }
  const name = /^request\.headers\[(.*)\]$/.exec(text)?.[1];
  if (name === undefined) return;
  const missing = headerFault(name, rule.services);
  if (missing === null) {
    checkValues(when.at("values"), rule, headerPatternFault);
  } else if (when.at("values").exists) {
    sayNever(key, `asks for ${name}, which ${missing.message}`, missing.remedy, rule);
  } else {
    const message = `asks for ${name}, which ${missing.message}, so \`notValues\` always holds`;
    rule.notes.error(key, message, missing.remedy);
  }
}

/** Each value that can't match is a mistake; if none can, neither can the rule. */
function checkValues(field: Field, rule: Rule, faultOf: (value: string) => Fault | null): void {
  const faults = field.items.map((item) => [item, faultOf(item.text ?? "")] as const);
  const isNever = faults.length > 0 && faults.every(([, fault]) => fault !== null);
  for (const [item, fault] of faults) {
    if (fault === null) continue;
    if (isNever) sayNever(item, fault.message, fault.remedy, rule);
    else rule.notes.warning(item, fault.message, fault.remedy);
  }
}

/** An exception that always holds. */
function checkNever(field: Field, values: string[], because: string, rule: Rule): void {
  for (const item of field.items) {
    if (item.text === undefined || !values.every((value) => isLike(item.text ?? "", [value])))
      continue;
    sayNever(item, `is ${show(item.text)}, and ${because}`, "Drop it.", rule);
  }
}

function sayNever(field: Field, message: string, remedy: string, { action, notes }: Rule): void {
  notes.error(field, `${message}: ${effects[action] ?? effects.other}`, remedy);
}

function fault(pattern: string, because: string, remedy: string): Fault {
  return { message: `is ${show(pattern)}, but ${because}`, remedy };
}

/** Patterns of Istio: `*` is anything, `x*` a prefix, `*x` a suffix. */
function isLike(pattern: string, values: string[]): boolean {
  return values.some((value) => {
    if (pattern === "*") return true;
    if (pattern.endsWith("*")) return value.startsWith(pattern.slice(0, -1));
    return pattern.startsWith("*") ? value.endsWith(pattern.slice(1)) : value === pattern;
  });
}

function pathPatternFault(pattern: string, services: Spoken[]): Fault | null {
  // Suffixes and templates such as /demo.Greeter/{*} may match many shapes.
  if (pattern.startsWith("*") || pattern.includes("{")) return null;
  const isPrefix = pattern.endsWith("*");
  if (!isPrefix) return pathFault(pattern, "exact", services);
  return pathFault(pattern.slice(0, -1), "prefix", services, "*");
}

function headerPatternFault(pattern: string): Fault | null {
  if (pattern.startsWith("*")) return null;
  const isPrefix = pattern.endsWith("*");
  const value = isPrefix ? pattern.slice(0, -1) : pattern;
  const sent = sentAs(value, isPrefix ? "prefix" : "exact");
  if (sent === value) return null;
  const remedy = `Write ${show(isPrefix ? `${sent}*` : sent)}: headers carry these characters so.`;
  return { message: `is ${show(pattern)}, which no lane's header ever is`, remedy };
}
