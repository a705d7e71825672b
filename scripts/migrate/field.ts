/** A document's fields, read one by one: what is wrong with them, and what becomes of each. */
import { isDeepStrictEqual } from "node:util";
import { fieldOf, type Path, type Problem } from "../protocol/problem.js";
import type { SourceDocument } from "../protocol/source.js";
import { show } from "../protocol/wording.js";
import type { Entry, Verdict } from "./report.js";

export type Fields = Record<string, unknown>;

export function isMap(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What is noted of one resource. */
export class Ledger {
  readonly entries: Entry[] = [];
  readonly problems: Problem[] = [];
  private readonly paths: string[] = [];

  /** @param base where the resource stands in its document: a member of a List, else [] */
  constructor(
    private readonly source: SourceDocument,
    private readonly base: Path,
  ) {}

  add(path: Path, verdict: Verdict, to?: string, note?: string): void {
    const field = fieldOf(path);
    this.paths.push(field);
    const { line } = this.place(path);
    const entry: Entry = {
      ...{ field, line, verdict },
      ...(to !== undefined && { to }),
      ...(note !== undefined && { note }),
    };
    // Of a service with several protocols each route is read once for each of them.
    if (!this.entries.some((said) => isDeepStrictEqual(said, entry))) this.entries.push(entry);
  }

  wrong(path: Path, message: string, remedy: string): void {
    this.problems.push(this.place(path, message, remedy));
  }

  /** Is something said of the field itself, or of one around it? */
  isMentioned(path: Path): boolean {
    const field = fieldOf(path);
    return this.paths.some((said) => said === field || isWithin(field, said));
  }

  /** Is something said of a field in it? */
  isTouched(path: Path): boolean {
    const field = fieldOf(path);
    return this.paths.some((said) => isWithin(said, field));
  }

  /** In the order of the file. */
  sorted(): Entry[] {
    return [...this.entries].sort((a, b) => a.line - b.line);
  }

  place(path: Path, message = "", remedy = ""): Problem {
    return this.source.place({ path: [...this.base, ...path], message, remedy });
  }
}

function isWithin(field: string, around: string): boolean {
  return field.startsWith(around) && /^[.[]/.test(field.slice(around.length));
}

/** A value in a resource, or the lack of one; knows where it stands. */
export class Field {
  constructor(
    readonly ledger: Ledger,
    readonly value: unknown,
    readonly path: Path = [],
  ) {}

  get isSet(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  /** A member of a map; also of a value that is none, where it is not set. */
  at(...names: (string | number)[]): Field {
    const [name, ...rest] = names;
    if (name === undefined) return this;
    const value = Object(this.value) === this.value ? (this.value as Fields)[name] : undefined;
    return new Field(this.ledger, value, [...this.path, name]).at(...rest);
  }

  /** The members of a list. */
  items(): Field[] {
    if (!this.isSet) return [];
    if (!Array.isArray(this.value)) {
      this.wrong(`must be a list, but is ${show(this.value)}`, "Write a list of items.");
      return [];
    }
    return this.value.map((_, i) => this.at(i));
  }

  /** The members of a map, in order of their names. */
  members(): [string, Field][] {
    if (!this.isSet) return [];
    if (!isMap(this.value)) {
      this.wrong(`must be a map, but is ${show(this.value)}`, "Write a map of fields.");
      return [];
    }
    return Object.keys(this.value)
      .sort()
      .map((name) => [name, this.at(name)]);
  }

  text(): string | undefined {
    if (!this.isSet) return undefined;
    if (typeof this.value === "string") return this.value;
    const isPlain = typeof this.value === "number" || typeof this.value === "boolean";
    const remedy = isPlain ? `Put it in quotes: "${this.value}".` : "Write text.";
    this.wrong(`must be text, but is ${show(this.value)}`, remedy);
    return undefined;
  }

  number(): number | undefined {
    if (!this.isSet) return undefined;
    if (typeof this.value === "number") return this.value;
    this.wrong(`must be a number, but is ${show(this.value)}`, "Write a number, without quotes.");
    return undefined;
  }

  /** The text that must be there. */
  needed(remedy: string): string {
    if (!this.isSet) this.wrong("is missing", remedy);
    return this.text() ?? "";
  }

  texts(): string[] {
    return this.items().flatMap((item) => item.text() ?? []);
  }

  maps(to: string, note?: string): void {
    this.note("maps", to, note);
  }

  differently(to: string, how: string): void {
    this.note("differently", to, how);
  }

  none(instead: string): void {
    this.note("none", undefined, instead);
  }

  private note(verdict: Verdict, to?: string, note?: string): void {
    if (this.value !== undefined) this.ledger.add(this.path, verdict, to, note);
  }

  wrong(message: string, remedy: string): void {
    this.ledger.wrong(this.path, message, remedy);
  }

  /** The outermost fields in it, itself included, in which nothing was spoken of. */
  unmentioned(): Field[] {
    if (this.value === undefined || this.ledger.isMentioned(this.path)) return [];
    if (!this.ledger.isTouched(this.path)) return [this];
    const names = Array.isArray(this.value) ? this.value.keys() : Object.keys(this.value ?? {});
    return [...names].flatMap((name) => this.at(name).unmentioned());
  }
}
