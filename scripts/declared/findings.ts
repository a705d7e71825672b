/** Collects what is wrong with a description. */
import type { Finding, Path } from "../protocol/problem.js";

export class Findings {
  readonly all: Finding[] = [];

  /** @returns undefined, so that a reader can say why it reads nothing */
  add(path: Path, message: string, remedy: string): undefined {
    this.all.push({ path, message, remedy });
    return undefined;
  }

  /** Like `add`, about the name of a field rather than its value. */
  addKey(path: Path, message: string, remedy: string): undefined {
    this.all.push({ path, onKey: true, message, remedy });
    return undefined;
  }
}
