/** Is what was made sound? */
import { join } from "node:path";
import { loadText, ProblemsError } from "../protocol/load.js";
import type { Made } from "./migrate.js";
import { toYaml } from "./yaml.js";

/**
 * Holds what was made against the same schemas as `argot validate`.
 * @param folder where it will lie: files of descriptions are named from there
 * @throws ProblemsError if it isn't, e.g. because routes use more keys than a filter takes
 */
export function checkMade(made: Made, folder: string): void {
  const documents = [...made.argot, ...made.routes, ...made.services];
  if (documents.length === 0) return;
  const { problems } = loadText(join(folder, "argot.yaml"), toYaml(documents));
  if (problems.length > 0) throw new ProblemsError(problems);
}
