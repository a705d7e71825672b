/** VirtualServices: can their rules take lanes, and do with them what they say? */
import { list, show } from "../../protocol/wording.js";
import { checkDestinations } from "./destinations.js";
import type { Field } from "./field.js";
import { checkGateways } from "./gateways.js";
import { fullName } from "./hosts.js";
import { checkLaneActions } from "./lane-actions.js";
import { checkLaneMatch } from "./lane-match.js";
import { isHttp } from "./port-protocols.js";
import type { Mesh, Resource, Spoken } from "./mesh.js";
import { checkNamed } from "./misnamed.js";
import { Notes, type RouteFinding } from "./notes.js";
import { checkReach } from "./reach.js";
import { checkTcp, checkConnectionRules } from "./tcp-rules.js";

export function checkVirtualServices(mesh: Mesh, found: RouteFinding[]): void {
  const all = mesh.all("VirtualService");
  const owners = new Map<string, Resource>();
  for (const virtual of all) {
    const notes = new Notes(virtual.document, found);
    const hosts = hostsOf(virtual);
    const services = servicesAt(hosts, mesh);
    for (const field of virtual.spec.at("hosts").items) {
      checkNamed(field, virtual.namespace, mesh, notes);
      if (services.length > 0) checkOwner(field, virtual, owners, notes);
    }
    if (services.length === 0) continue;
    checkRules(virtual, virtual, services, mesh, notes.shared(isShared(hosts, services, mesh)));
    checkGateways(virtual, hosts, mesh, notes);
  }
}

function hostsOf({ spec, namespace }: Resource): string[] {
  return spec.at("hosts").texts.map((host) => fullName(host, namespace));
}

function servicesAt(hosts: string[], mesh: Mesh): Spoken[] {
  return [...new Set(hosts.flatMap((host) => mesh.spokenAt(host)))];
}

/** Sidecars take the rules of one VirtualService for a host, and leave out those of others. */
function checkOwner(
  host: Field,
  virtual: Resource,
  owners: Map<string, Resource>,
  notes: Notes,
): void {
  const gateways = virtual.spec.at("gateways").texts;
  if (host.text === undefined || (gateways.length > 0 && !gateways.includes("mesh"))) return;
  const name = fullName(host.text, virtual.namespace);
  const owner = owners.get(name);
  owners.set(name, owner ?? virtual);
  if (owner === undefined || owner === virtual) return;
  const message = `is ${show(host.text)}, as is the VirtualService ${owner.name}'s: Istio takes one`;
  notes.error(host, message, `Put the rules of both into ${owner.name}.`);
}

/** Do the hosts have other ports that http rules concern? */
function isShared(hosts: string[], services: Spoken[], mesh: Mesh): boolean {
  if (hosts.some((host) => host.includes("*"))) return true;
  const isSpoken = (host: string, number: number) =>
    services.some((service) => service.host === host && service.port === number);
  return hosts.some((host) => {
    if (mesh.spokenAt(host).length === 0) return true;
    const others = mesh.portsOf(host)?.filter(({ number }) => !isSpoken(host, number)) ?? [];
    return others.some(({ protocol }) => isHttp(protocol));
  });
}

/** @param virtual whose rules they are: `root`'s own, or those of its delegate */
function checkRules(
  virtual: Resource,
  root: Resource,
  services: Spoken[],
  mesh: Mesh,
  notes: Notes,
): void {
  const lanes = services.filter(({ mode }) => mode === "lanes");
  if (lanes.length === 0) {
    checkConnectionRules(virtual.spec, services, notes);
    return;
  }
  checkTcp(virtual.spec, lanes, notes);
  const rules = virtual.spec.at("http").items.filter((rule) => isForLanes(rule, lanes, mesh));
  for (const rule of rules) {
    const own = notes.shared(rule.at("match").items.some((match) => isForOthers(match, lanes)));
    for (const match of rule.at("match").items) {
      checkPort(match.at("port"), virtual, lanes, mesh, notes);
      if (!isForOthers(match, lanes)) checkLaneMatch(match, lanes, own);
    }
    checkLaneActions(rule, own);
    checkDestinations(rule, virtual, lanes, mesh, own);
    checkDelegate(rule.at("delegate"), virtual, root, services, mesh, own);
  }
  checkReach(rules, notes);
}

const isForOthers = (match: Field, lanes: Spoken[]): boolean => {
  const { number } = match.at("port");
  return number !== undefined && !lanes.some(({ port }) => port === number);
};

/** Not, if all its matches are for other ports that the services are known to have. */
function isForLanes(rule: Field, lanes: Spoken[], mesh: Mesh): boolean {
  const matches = rule.at("match").items;
  return (
    matches.length === 0 ||
    matches.some((match) => !isForOthers(match, lanes) || !hasPort(match.at("port"), lanes, mesh))
  );
}

function hasPort({ number }: Field, services: Spoken[], mesh: Mesh): boolean {
  return services.some(({ host }) => mesh.portsOf(host)?.some((port) => port.number === number));
}

function checkPort(
  port: Field,
  { spec }: Resource,
  lanes: Spoken[],
  mesh: Mesh,
  notes: Notes,
): void {
  const { number } = port;
  // At a gateway it is the gateway's port.
  if (number === undefined || spec.at("gateways").texts.some((name) => name !== "mesh")) return;
  if (lanes.some((lane) => lane.port === number) || hasPort(port, lanes, mesh)) return;
  const ports = [...new Set(lanes.map((lane) => String(lane.port)))];
  const hosts = [...new Set(lanes.map(({ host }) => host))];
  const message = `is ${number}, but ${list(hosts)} is called at ${list(ports)}`;
  const remedy = `Write ${ports.join(" or ")}, or drop the condition.`;
  // A port that no given file tells may be there all the same.
  if (lanes.every(({ host }) => mesh.portsOf(host) !== undefined))
    notes.error(port, message, remedy);
  else notes.warning(port, message, remedy);
}

function checkDelegate(
  delegate: Field,
  { namespace }: Resource,
  root: Resource,
  services: Spoken[],
  mesh: Mesh,
  notes: Notes,
): void {
  const name = delegate.at("name").text;
  if (name === undefined) return;
  const within = delegate.at("namespace").text ?? namespace;
  const meant = mesh
    .all("VirtualService")
    .find((other) => other.name === name && other.namespace === within);
  if (meant === undefined) {
    const message = `is the VirtualService ${name}, which no given file has: it is not checked`;
    notes.warning(delegate, message, "Give its file, too.");
  } else if (meant.spec.at("hosts").items.length > 0) {
    const message = `is the VirtualService ${name}, which has hosts of its own: Istio takes none such`;
    notes.error(delegate, message, `Remove \`spec.hosts\` of ${name}.`);
  } else if (meant !== root) {
    checkRules(meant, root, services, mesh, new Notes(meant.document, notes.found));
  }
}
