/** AuthorizationPolicies at the servers of lanes: a rule that can't match allows or denies wrongly. */
import type { Field } from "./field.js";
import { checkOperation, checkWhen, effects, type Rule } from "./authorization-rules.js";
import { fullName, namespacesOf } from "./hosts.js";
import { hasLabels, type Mesh, type Resource, type Spoken } from "./mesh.js";
import { Notes, type RouteFinding } from "./notes.js";
import { isHttp } from "./port-protocols.js";

export function checkAuthorizationPolicies(mesh: Mesh, found: RouteFinding[]): void {
  for (const policy of mesh.all("AuthorizationPolicy")) {
    const services = servicesOf(policy, mesh);
    const lanes = services.filter(({ mode }) => mode === "lanes");
    const own = new Notes(policy.document, found);
    const action = policy.spec.at("action").text ?? "ALLOW";
    const notes = own.shared(hasOtherPorts(services, mesh) || !["ALLOW", "DENY"].includes(action));
    for (const rule of policy.spec.at("rules").items) {
      if (lanes.length > 0) checkRule({ rule, action, services: lanes, mesh, notes });
      else if (services.length > 0) checkTcpRule({ rule, action, services, mesh, notes });
    }
  }
}

function checkRule(rule: Rule): void {
  for (const to of rule.rule.at("to").items) checkOperation(to.at("operation"), rule);
  for (const from of rule.rule.at("from").items) checkSource(from.at("source"), rule);
  for (const when of rule.rule.at("when").items) checkWhen(when, rule);
}

function checkSource(source: Field, { action, notes }: Rule): void {
  const field = source.at("requestPrincipals");
  if (!field.exists) return;
  const message = `asks for a token, and lanes have none: ${effects[action] ?? effects.other}`;
  notes.error(field.key, message, "Write `principals`: who the client is by mutual TLS.");
}

/** Attributes of requests, where Istio sees connections only. */
function checkTcpRule({ rule, services, action, notes }: Rule): void {
  const [service] = services;
  const because = `in mode \`${service?.mode}\` ${service?.host} is TCP to Istio`;
  const say = (field: Field) => {
    const message = `can't be asked: ${because}, and ${effects[action] ?? effects.other}`;
    notes.error(field.key, message, "Write `mode: lanes`, or ask for ports and principals only.");
  };
  for (const to of rule.at("to").items) {
    for (const name of ["paths", "notPaths", "methods", "notMethods", "hosts", "notHosts"]) {
      const field = to.at("operation", name);
      if (field.exists) say(field);
    }
  }
  for (const when of rule.at("when").items) {
    if (when.at("key").text?.startsWith("request.")) say(when.at("key"));
  }
}

/** The services whose servers a policy means, as far as it shows. */
function servicesOf(policy: Resource, mesh: Mesh): Spoken[] {
  const { spec, namespace } = policy;
  const targets = spec.at("targetRefs").items.flatMap((ref) => ref.at("name").text ?? []);
  const single = spec.at("targetRef", "name").text;
  const names = [...targets, ...(single === undefined ? [] : [single])];
  if (names.length > 0) return names.flatMap((name) => mesh.spokenAt(fullName(name, namespace)));
  const selector = spec.at("selector", "matchLabels").labels;
  const inReach = mesh.spoken.filter(({ host }) => isOf(host, namespace, mesh));
  if (selector !== null) {
    const served = inReach.filter(({ host }) => isServedBy(host, selector, mesh));
    if (served.length > 0) return served;
  }
  return inReach.filter((spoken) => spec.at("rules").items.some((rule) => speaksOf(rule, spoken)));
}

/** Is the host of this namespace? One of none may be of any. */
function isOf(host: string, namespace: string, mesh: Mesh): boolean {
  const homes = namespacesOf(host, [...mesh.servicesOf(host), ...mesh.entriesOf(host)]);
  return homes.length === 0 || namespace === "istio-system" || homes.includes(namespace);
}

function isServedBy(host: string, selector: Record<string, string>, mesh: Mesh): boolean {
  if (mesh.workloadsOf(host)?.labels.some((labels) => hasLabels(labels, selector))) return true;
  return mesh.servicesOf(host).some(({ spec }) => {
    const labels = spec.at("selector").labels;
    return labels !== null && hasLabels(labels, selector);
  });
}

/** Does a rule speak of the service, by its port, its host or a header of lanes? */
function speaksOf(rule: Field, { host, port }: Spoken): boolean {
  const operations = rule.at("to").items.map((to) => to.at("operation"));
  return (
    operations.some(
      (it) => it.at("ports").texts.includes(String(port)) || it.at("hosts").texts.includes(host),
    ) || rule.at("when").items.some((when) => /\[x-argot-/i.test(when.at("key").text ?? ""))
  );
}

function hasOtherPorts(services: Spoken[], mesh: Mesh): boolean {
  return services.some(({ host }) => {
    const own = services.filter((it) => it.host === host).map(({ port }) => port);
    const ports = mesh.portsOf(host) ?? [];
    return ports.some(({ number, protocol }) => isHttp(protocol) && !own.includes(number));
  });
}
