/** Does the module that documents are meant for have the mode that they ask for? */
import type { Mode } from "./model.js";
import type { Finding, Path } from "./problem.js";

/** undefined: those of the standard module, which are all. */
let modes: readonly Mode[] | undefined;

/** From now on documents are meant for a module that has exactly these modes. */
export function useModes(names: readonly Mode[]): void {
  modes = names;
}

/** @param path where the mode is told, or would be */
export function checkModule(mode: Mode, path: Path): Finding[] {
  if (modes === undefined || modes.includes(mode)) return [];
  const message = `is \`${mode}\`, which the module does not have`;
  const remedy = `Write \`mode: ${modes.join(" or ")}\`, or build the module with \`--mode both\`.`;
  return [{ path, message, remedy }];
}
