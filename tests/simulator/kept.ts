/** What once failed is kept in cases.json, and tried again before anything else. */
import type { Case } from "./case.js";
import cases from "./cases.json" with { type: "json" };
import { tryCase } from "./shrink.js";

/** How kept cases fail now, one line each; none is well. */
export function tryKept(): string[] {
  return (cases as ({ about: string } & Case)[]).flatMap((kept, i) => {
    const failure = tryCase(kept);
    return failure === null ? [] : [`kept case ${i} (${kept.about}) fails: ${failure.message}`];
  });
}
