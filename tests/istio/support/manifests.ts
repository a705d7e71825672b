/** What `argot manifest` makes, for a lab. */
import { manifestOf, type ManifestOptions } from "../../../scripts/istio/manifest.js";
import { plain } from "../../../scripts/protocol/emit/notes.js";
import { loadText } from "../../../scripts/protocol/load.js";
import { formatProblem } from "../../../scripts/protocol/problem.js";
import { istioVersions as known } from "../../../scripts/istio/schemas/versions.js";
import { wasm } from "../../e2e/support/stage.js";
import { istioVersion } from "./binaries.js";
import type { Resource } from "./kubernetes.js";

/** Of which `istioVersion` is a patch. */
export const istio = known.find((version) => istioVersion.startsWith(`${version}.`)) ?? "1.29";
const image = { url: `file://${wasm}` };

/**
 * The resources for the documents of `yaml`, with the module of this build.
 * @throws what is wrong with them
 */
export function manifests(yaml: string, options: ManifestOptions = {}): Resource[] {
  const { model, problems, documents } = loadText("test.yaml", yaml);
  const made = manifestOf(model, documents, { image, istio, ...options });
  const wrong = [...problems, ...made.problems];
  if (wrong.length > 0) throw new Error(wrong.map(formatProblem).join("\n"));
  return made.resources.map((resource) => plain(resource) as Resource);
}
