/** Collects what is wrong with a description. */
import type { Finding, Path } from "../protocol/problem.js";

/** Ends the reading of a field that can't be read. */
export class Wrong extends Error {
  readonly finding: Finding;

  /** @param remedy what to do about it, as a whole sentence */
  constructor(path: Path, message: string, remedy: string) {
    super(message);
    this.finding = { path, message, remedy };
  }
}

export class Findings {
  readonly all: Finding[] = [];

  add(path: Path, message: string, remedy: string): void {
    this.all.push({ path, message, remedy });
  }

  /** Like `add`, about the name of a field rather than its value. */
  addKey(path: Path, message: string, remedy: string): void {
    this.all.push({ path, onKey: true, message, remedy });
  }

  /** What `read` gives, or undefined if it threw a `Wrong`, which is kept. */
  attempt<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Wrong)) throw error;
      this.all.push(error.finding);
      return undefined;
    }
  }

  /** Like `attempt`, for each of `items`; those that can't be read are left out. */
  attemptEach<T, U>(items: readonly T[], read: (item: T, index: number) => U): U[] {
    return items.flatMap((item, i) => {
      const one = this.attempt(() => [read(item, i)]);
      return one ?? [];
    });
  }
}
