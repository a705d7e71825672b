/** Documents as YAML. */
import { stringify } from "yaml";

/** Each document starts with `---`. */
export function toYaml(documents: readonly object[]): string {
  return documents
    .map(
      (document) => `---\n${stringify(document, { lineWidth: 0, aliasDuplicateObjects: false })}`,
    )
    .join("");
}
