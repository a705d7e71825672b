/** A host that is not the service which was probably meant. */
import { nearest, show } from "../../protocol/wording.js";
import type { Field } from "./field.js";
import { fullName } from "./hosts.js";
import type { Mesh } from "./mesh.js";
import type { Notes } from "./notes.js";

/**
 * Says why a host is none of the services of the given files, if it looks like one of them.
 * @returns whether it does
 */
export function checkNamed(field: Field, namespace: string, mesh: Mesh, notes: Notes): boolean {
  const host = field.text ?? "";
  const full = fullName(host, namespace);
  const isKnown = mesh.spokenAt(full).length > 0 || mesh.isGiven(full);
  if (isKnown || host === "" || full.includes("*")) return false;
  const hosts = mesh.spoken.map((spoken) => spoken.host);
  const longer = hosts.find((other) => other.startsWith(`${full}.`));
  if (longer !== undefined) {
    const message = `is ${show(host)}, and Istio completes only names without a dot`;
    notes.error(field, message, `Write ${show(longer)}.`);
    return true;
  }
  const [first, rest] = split(full);
  const elsewhere = hosts.find((other) => split(other)[0] === first && isService(other));
  if (elsewhere !== undefined && isService(full)) {
    const message = `is ${full} to Istio, of which no given file says anything`;
    notes.warning(field, message, `Write ${show(elsewhere)} if that one is meant.`);
    return true;
  }
  const beside = hosts.filter((other) => split(other)[1] === rest).map((other) => split(other)[0]);
  const near = nearest(first, beside);
  if (near === undefined) return false;
  const message = `is ${show(host)}, of which no given file says anything`;
  notes.warning(field, message, `Did you mean ${show(`${near}.${rest}`)}?`);
  return true;
}

const isService = (host: string): boolean => host.endsWith(".svc.cluster.local");

/** The first label, and the others. */
function split(host: string): [string, string] {
  const [first = "", ...rest] = host.split(".");
  return [first, rest.join(".")];
}
