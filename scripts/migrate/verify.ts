/** Is what was made sound? */
import { join } from "node:path";
import { canCheck, checkResource } from "../istio/schemas/check.js";
import { defaultIstioVersion } from "../istio/schemas/versions.js";
import { loadText, ProblemsError } from "../protocol/load.js";
import { parts, type Made } from "./migrate.js";
import { toYaml } from "./yaml.js";

/**
 * Holds what was made against the same schemas as `argot validate`.
 * @param folder where it will lie: files of descriptions are named from there
 * @throws ProblemsError if it isn't, e.g. because routes use more keys than a filter takes
 */
export function checkMade(made: Made, folder: string): void {
  const problems = parts.flatMap((part) => {
    if (made[part].length === 0) return [];
    const file = join(folder, `${part}.yaml`);
    return loadText(file, toYaml(made[part]), (resource) =>
      canCheck(resource) ? checkResource(resource, defaultIstioVersion) : undefined,
    ).problems;
  });
  if (problems.length > 0) throw new ProblemsError(problems);
}
