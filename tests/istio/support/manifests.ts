/** What `argot manifest` makes, for a lab. */
import { manifestOf, type ManifestOptions } from "../../../scripts/istio/manifest.js";
import { plain } from "../../../scripts/protocol/emit/notes.js";
import { loadText } from "../../../scripts/protocol/load.js";
import { formatProblem } from "../../../scripts/protocol/problem.js";
import { wasm } from "../../e2e/support/stage.js";
import type { Resource } from "./kubernetes.js";

const image = { url: `file://${wasm}` };

/**
 * The resources for the documents of `yaml`, with the module of this build.
 * @throws what is wrong with them
 */
export function manifests(yaml: string, options: ManifestOptions = {}): Resource[] {
  const { model, problems, documents } = loadText("test.yaml", yaml);
  const made = manifestOf(model, documents, { image, ...options });
  const wrong = [...problems, ...made.problems];
  if (wrong.length > 0) throw new Error(wrong.map(formatProblem).join("\n"));
  return made.resources.map((resource) => plain(resource) as Resource);
}
