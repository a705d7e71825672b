/** ApplicationProtocols among each other, and what a mesh asks of them. */
import { titleOf } from "../../protocol/protocols.js";
import { show } from "../../protocol/wording.js";
import { Field } from "./field.js";
import { fullName } from "./hosts.js";
import type { Mesh, Spoken } from "./mesh.js";
import { Notes, type RouteFinding } from "./notes.js";

/** Istio's `drainDuration`, by default. */
const DRAIN = 45;

export function checkApplications(mesh: Mesh, found: RouteFinding[]): void {
  const aged = new Set<Spoken["document"]>();
  const places = new Places();
  for (const spoken of mesh.spoken) {
    const notes = new Notes(spoken.document, found);
    const isUsed = isInMesh(spoken, mesh);
    checkName(spoken, mesh, notes);
    checkPlace(spoken, places, isUsed, notes);
    places.take(spoken, isUsed);
    if (!isUsed || aged.has(spoken.document)) continue;
    aged.add(spoken.document);
    checkAge(spoken, notes);
  }
}

/** What the services so far have taken. */
class Places {
  private readonly addresses = new Map<string, Spoken>();
  /** Ports in the mesh on which there is a filter. */
  private readonly ports = new Map<number, Spoken>();

  take(spoken: Spoken, isUsed: boolean): void {
    const { host, port, mode } = spoken;
    if (!this.addresses.has(`${host}:${port}`)) this.addresses.set(`${host}:${port}`, spoken);
    if (isUsed && mode !== "native" && !this.ports.has(port)) this.ports.set(port, spoken);
  }

  /** Who has it already, in another document. */
  ofAddress({ host, port, document }: Spoken): Spoken | undefined {
    return elsewhere(this.addresses.get(`${host}:${port}`), document);
  }

  /** In mode `connection` services of one document can't share a port, either. */
  ofPort({ port, document, mode }: Spoken): Spoken | undefined {
    const other = this.ports.get(port);
    return mode === "connection" ? other : elsewhere(other, document);
  }
}

function elsewhere(spoken: Spoken | undefined, document: Spoken["document"]): Spoken | undefined {
  return spoken?.document === document ? undefined : spoken;
}

/** Other resources of the files speak of it, or it is a Service of Kubernetes. */
function isInMesh({ host }: Spoken, mesh: Mesh): boolean {
  return host.endsWith(".svc.cluster.local") || mesh.isGiven(host);
}

/** A Service has another name in Istio than in its own file. */
function checkName({ host, field }: Spoken, mesh: Mesh, notes: Notes): void {
  if (mesh.isGiven(host)) return;
  const full = mesh
    .all("Service")
    .map(({ name, namespace }) => fullName(name, namespace))
    .find((name) => name === host || name.startsWith(`${host}.`));
  if (full === undefined || full === host) return;
  const message = `is ${show(host)}, but the Service is ${full} to Istio`;
  notes.error(field.at("host"), message, `Write ${show(full)}.`);
}

function checkPlace(spoken: Spoken, places: Places, isUsed: boolean, notes: Notes): void {
  const { host, port, protocol, field, mode } = spoken;
  const same = places.ofAddress(spoken);
  if (same !== undefined) {
    const message = `is ${host}:${port}, which ${same.protocol.name} has already`;
    notes.error(field, message, "Leave each service to one ApplicationProtocol.");
    return;
  }
  const other = mode !== "native" && isUsed ? places.ofPort(spoken) : undefined;
  if (other === undefined) return;
  if (mode === "connection" || other.mode === "connection") {
    const message = `is ${port}, which ${other.host} has: mode \`connection\` knows services by port`;
    notes.error(
      field.at("port"),
      message,
      "Give each service a port of its own, or write `mode: lanes`.",
    );
    return;
  }
  const [ours, theirs] = [titleOf(protocol.protocol), titleOf(other.protocol.protocol)];
  const message = `is ${port}, where ${other.host} speaks ${theirs}: filters are chosen by port`;
  const remedy =
    ours === theirs
      ? `Name both services in one ApplicationProtocol: a port is one filter's.`
      : `Give ${ours} and ${theirs} ports of their own.`;
  notes.error(field.at("port"), message, remedy);
}

function checkAge({ document, protocol, mode }: Spoken, notes: Notes): void {
  const age = protocol.lanes?.maxAgeSeconds;
  if (mode !== "lanes" || age === undefined || (age > 0 && age < DRAIN)) return;
  const message = `is ${age}, and Istio closes lanes older than its drain duration of ${DRAIN} s hard`;
  const field = new Field(document.value).at("spec", "lanes", "maxAgeSeconds");
  notes.warning(field, message, "Write well under the mesh's drain duration, e.g. 20.");
}
