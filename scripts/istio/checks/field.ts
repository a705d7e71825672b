/** A part of a document, of whatever type: what a reader asks for may be missing or be wrong. */
import { isMap } from "../../protocol/maps.js";
import type { Path } from "../../protocol/problem.js";

export class Field {
  /** @param onKey what is said of it is said of its name, not of its value */
  constructor(
    readonly value: unknown,
    readonly path: Path = [],
    readonly onKey = false,
  ) {}

  /** The member of this name, of the member of that name, and so on. */
  at(...names: (string | number)[]): Field {
    const value = names.reduce<unknown>(
      (value, name) =>
        isMap(value) || Array.isArray(value)
          ? (value as Record<string | number, unknown>)[name]
          : undefined,
      this.value,
    );
    return new Field(value, [...this.path, ...names]);
  }

  /** The same, for findings about the name. */
  get key(): Field {
    return new Field(this.value, this.path, true);
  }

  get exists(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  /** The members of a list; of anything else none. */
  get items(): Field[] {
    return Array.isArray(this.value) ? this.value.map((_, i) => this.at(i)) : [];
  }

  /** The members of a map by name; of anything else none. */
  get entries(): [string, Field][] {
    return isMap(this.value) ? Object.keys(this.value).map((name) => [name, this.at(name)]) : [];
  }

  get text(): string | undefined {
    return typeof this.value === "string" ? this.value : undefined;
  }

  /** The texts of a list. */
  get texts(): string[] {
    return this.items.flatMap(({ text }) => text ?? []);
  }

  get number(): number | undefined {
    return typeof this.value === "number" ? this.value : undefined;
  }

  /** A map of texts, such as labels; null if it is none. */
  get labels(): Record<string, string> | null {
    if (!isMap(this.value)) return null;
    return Object.values(this.value).every((value) => typeof value === "string")
      ? (this.value as Record<string, string>)
      : null;
  }
}
