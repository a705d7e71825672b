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
  const used = mesh.spoken.filter((spoken) => isInMesh(spoken, mesh));
  const aged = new Set<Spoken["document"]>();
  mesh.spoken.forEach((spoken, i) => {
    const notes = new Notes(spoken.document, found);
    checkName(spoken, mesh, notes);
    const earlier = mesh.spoken.slice(0, i).filter((it) => it.document !== spoken.document);
    checkPlace(spoken, earlier, used, notes);
    if (!used.includes(spoken) || aged.has(spoken.document)) return;
    aged.add(spoken.document);
    checkAge(spoken, notes);
  });
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

function checkPlace(spoken: Spoken, earlier: Spoken[], used: Spoken[], notes: Notes): void {
  const { host, port, protocol, field, mode } = spoken;
  const same = earlier.find((other) => other.host === host && other.port === port);
  if (same !== undefined) {
    const message = `is ${host}:${port}, which ${same.protocol.name} has already`;
    notes.error(field, message, "Leave each service to one ApplicationProtocol.");
    return;
  }
  if (mode !== "lanes" || !used.includes(spoken)) return;
  const title = titleOf(protocol.protocol);
  const other = earlier.find(
    (it) =>
      it.port === port &&
      it.mode === "lanes" &&
      used.includes(it) &&
      titleOf(it.protocol.protocol) !== title,
  );
  if (other === undefined) return;
  const spoke = titleOf(other.protocol.protocol);
  const message = `is ${port}, where ${other.host} speaks ${spoke}: filters are chosen by port`;
  notes.error(field.at("port"), message, `Give ${title} and ${spoke} ports of their own.`);
}

function checkAge({ document, protocol, mode }: Spoken, notes: Notes): void {
  const age = protocol.lanes?.maxAgeSeconds;
  if (mode !== "lanes" || age === undefined || (age > 0 && age < DRAIN)) return;
  const message = `is ${age}, and Istio closes lanes older than its drain duration of ${DRAIN} s hard`;
  const field = new Field(document.value).at("spec", "lanes", "maxAgeSeconds");
  notes.warning(field, message, "Write well under the mesh's drain duration, e.g. 20.");
}
