/** EnvoyFilters: patches that Istio takes and makes nothing of. */
import type { Mesh } from "./mesh.js";
import { Notes, type RouteFinding } from "./notes.js";

export function checkEnvoyFilters(mesh: Mesh, found: RouteFinding[]): void {
  for (const { document, spec } of mesh.all("EnvoyFilter")) {
    const notes = new Notes(document, found);
    for (const patch of spec.at("configPatches").items) {
      const field = patch.at("applyTo");
      if (field.text !== "BOOTSTRAP") continue;
      // https://github.com/istio/istio/pull/48693
      const message =
        "is `BOOTSTRAP`, which changes nothing: no proxy asks for it since Istio 1.21";
      const remedy =
        "Take the annotation `sidecar.istio.io/bootstrapOverride`, or `extraStatTags` for labels.";
      notes.warning(field, message, remedy);
    }
  }
}
