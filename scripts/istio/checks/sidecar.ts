/** Sidecars: do they leave lanes their listener, and the clients the service? */
import { show } from "../../protocol/wording.js";
import { kubernetesService } from "../hosts.js";
import type { Field } from "./field.js";
import { fullName, meansHost, namespacesOf } from "./hosts.js";
import type { Mesh, Resource, Spoken } from "./mesh.js";
import { Notes, type RouteFinding } from "./notes.js";
import { entryProtocol } from "./port-protocols.js";
import { checkPort } from "./services.js";

export function checkSidecars(mesh: Mesh, found: RouteFinding[]): void {
  for (const sidecar of mesh.all("Sidecar")) {
    const notes = new Notes(sidecar.document, found);
    const egress = sidecar.spec.at("egress");
    for (const listener of egress.items) checkEgress(listener, sidecar, mesh, notes);
    checkHidden(egress, sidecar, mesh, notes);
    for (const listener of sidecar.spec.at("ingress").items) checkIngress(listener, mesh, notes);
  }
}

/** A listener on a port of its own: for lanes if its hosts or its port say so. */
function checkEgress(listener: Field, sidecar: Resource, mesh: Mesh, notes: Notes): void {
  const number = listener.at("port", "number");
  if (number.number === undefined) return;
  const onPort = mesh.spoken.filter(({ port }) => port === number.number);
  const hosts = listener.at("hosts");
  const meant = onPort.filter((spoken) => isSeen(spoken, hosts, sidecar, mesh));
  const hidden = onPort.filter(
    (spoken) =>
      !meant.includes(spoken) && spoken.mode === "lanes" && isMeant(spoken, listener, mesh),
  );
  for (const { host } of hidden) {
    const message = `hides ${host}, which is called at the listener's port ${number.number}`;
    notes.error(hosts, message, `Add "*/${host}".`);
  }
  for (const spoken of meant) {
    const protocol = listener.at("port", "protocol");
    const field = protocol.exists ? protocol : listener.at("port");
    const declared = entryProtocol(listener.at("port"));
    checkPort(field, declared, "`protocol: HTTP2`", spoken, notes);
    checkBind(listener.at("bind"), spoken, mesh, notes);
  }
  // Hosts that are named, and called at other ports only.
  const isElsewhere = (text: string) => {
    const spoken = mesh.spokenAt(nameOf(text));
    return !text.includes("*") && spoken.length > 0 && !spoken.some((it) => onPort.includes(it));
  };
  for (const host of hosts.items) {
    if (host.text === undefined || !isElsewhere(host.text)) continue;
    const ports = mesh.spokenAt(nameOf(host.text)).map(({ port }) => port);
    if (mesh.portsOf(nameOf(host.text))?.some((port) => port.number === number.number)) continue;
    const message = `is ${number.number}, but ${nameOf(host.text)} is called at ${ports.join(", ")}`;
    notes.error(number, message, `Write ${ports.join(" or ")}.`);
  }
}

/** Is the listener bound to the service's own address? */
function isMeant({ host }: Spoken, listener: Field, mesh: Mesh): boolean {
  const bind = listener.at("bind").text;
  return bind === undefined || bind === "0.0.0.0" || addressesOf(host, mesh).includes(bind);
}

function checkBind(bind: Field, { host, mode }: Spoken, mesh: Mesh, notes: Notes): void {
  const { text } = bind;
  if (text === undefined || mode !== "lanes" || /^(0\.0\.0\.0|127\.|::)/.test(text)) return;
  const known = addressesOf(host, mesh);
  if (known.length === 0 || known.includes(text)) return;
  const message = `is ${show(text)}, but clients connect to ${known.join(", ")}`;
  notes.error(bind, message, `Write the address of ${host}.`);
}

function addressesOf(host: string, mesh: Mesh): string[] {
  const services = mesh.servicesOf(host).flatMap(({ spec }) => spec.at("clusterIP").text ?? []);
  const entries = mesh.entriesOf(host).flatMap(({ spec }) => spec.at("addresses").texts);
  const own = mesh.spokenAt(host).flatMap(({ service }) => service.addresses ?? []);
  return [...services, ...entries, ...own].filter((address) => /^[\d.]+$|:/.test(address));
}

/** Egress is a list of all that the workloads may call; whose, only the namespace's own tells. */
function checkHidden(egress: Field, sidecar: Resource, mesh: Mesh, notes: Notes): void {
  if (egress.items.length === 0 || sidecar.spec.at("workloadSelector").exists) return;
  const ports = egress.items.flatMap((listener) => listener.at("port", "number").number ?? []);
  const hidden = mesh.spoken.filter(
    (spoken) =>
      spoken.mode === "lanes" &&
      !ports.includes(spoken.port) &&
      kubernetesService(spoken.host)?.namespace === sidecar.namespace &&
      !egress.items.some((listener) => isSeen(spoken, listener.at("hosts"), sidecar, mesh)),
  );
  if (hidden.length === 0) return;
  const hosts = [...new Set(hidden.map(({ host }) => host))];
  const message = `hides ${hosts.join(", ")} from its own namespace: calls match no route`;
  const remedy = `Add ${hosts.map((host) => show(`./${host}`)).join(", ")} if it is called there.`;
  notes.warning(egress, message, remedy);
}

function checkIngress(listener: Field, mesh: Mesh, notes: Notes): void {
  const port = listener.at("port");
  const spoken = mesh.spoken.find((it) => it.port === port.at("number").number);
  if (spoken === undefined || spoken.mode !== "lanes") return;
  const field = port.at("protocol").exists ? port.at("protocol") : port;
  // Whether these are the service's workloads is not known.
  checkPort(field, entryProtocol(port), "`protocol: HTTP2`", spoken, notes.shared(true));
}

/** Do `namespace/host` patterns show the service? `.` is the Sidecar's own namespace, `~` none. */
function isSeen({ host }: Spoken, hosts: Field, { namespace }: Resource, mesh: Mesh): boolean {
  const homes = namespacesOf(host, [...mesh.servicesOf(host), ...mesh.entriesOf(host)]);
  return hosts.texts.some((text) => {
    const within = text.slice(0, text.indexOf("/"));
    if (!meansHost(nameOf(text), host) || within === "~") return false;
    if (within === "*" || homes.length === 0) return true;
    return homes.includes(within === "." ? namespace : within);
  });
}

/** Istio completes no names here. */
const nameOf = (text: string): string => fullName(text.slice(text.indexOf("/") + 1), "default");
