/** Collects what is wrong with a description. */
import type { Finding, Path } from "../protocol/problem.js";

/** Ends the reading of a field that can't be read. */
export class Wrong extends Error {
  readonly finding: Finding;

  /**
   * @param remedy what to do about it, as a whole sentence
   * @param onKey it is the field's name that is wrong
   */
  constructor(path: Path, message: string, remedy: string, onKey = false) {
    super(message);
    this.finding = { path, message, remedy, ...(onKey && { onKey }) };
  }
}

/** Like `Wrong`, but only because of something else that has been said already. */
export class Consequence extends Error {}

export class Findings {
  readonly all: Finding[] = [];

  add(path: Path, message: string, remedy: string): void {
    this.all.push({ path, message, remedy });
  }

  /** What `read` gives, or undefined if it threw a `Wrong`, which is kept, or a `Consequence`. */
  attempt<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (error instanceof Wrong) this.all.push(error.finding);
      else if (!(error instanceof Consequence)) throw error;
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
