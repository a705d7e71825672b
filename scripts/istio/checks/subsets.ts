/** Subsets of DestinationRules: who defines them, and whether anybody belongs to them. */
import { show } from "../../protocol/wording.js";
import { ALL } from "../emit/default-routes.js";
import type { Field } from "./field.js";
import { fullName, meansHost } from "./hosts.js";
import { hasLabels, type Mesh } from "./mesh.js";
import type { Notes } from "./notes.js";

/** The subsets of a host; undefined: the given files have no DestinationRule for it. */
export function subsetsOf(host: string, mesh: Mesh): string[] | undefined {
  const rules = mesh.all("DestinationRule").filter(({ spec, namespace }) => {
    const pattern = spec.at("host").text;
    return pattern !== undefined && meansHost(fullName(pattern, namespace), host);
  });
  if (rules.length === 0) return undefined;
  return rules.flatMap(({ spec }) =>
    spec.at("subsets").items.flatMap((subset) => subset.at("name").text ?? []),
  );
}

/** @param subsets `spec.subsets` of a DestinationRule */
export function checkSubsets(subsets: Field, host: string, mesh: Mesh, notes: Notes): void {
  const workloads = mesh.workloadsOf(host);
  for (const subset of subsets.items) {
    const labels = subset.at("labels").labels ?? {};
    const name = show(subset.at("name").text);
    if (Object.keys(labels).length === 0) {
      if (subset.at("name").text === ALL) continue;
      const remedy = "Add the labels of the version, e.g. `labels: {version: v1}`.";
      notes.warning(subset, `${name} has no labels, so it is all endpoints of ${host}`, remedy);
    } else if (workloads?.labels.some((own) => hasLabels(own, labels)) === false) {
      const message = `is ${show(labels)}, which nobody has that serves ${host}`;
      const remedy = "Write labels of its workloads, or label them so.";
      const at = subset.at("labels");
      if (workloads.isAll) notes.error(at, message, remedy);
      else notes.warning(at, `${message} in the given files`, remedy);
    }
  }
}
