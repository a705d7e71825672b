/** The names that a description has given, and what they stand for. */
import type { Path } from "../protocol/problem.js";
import { list, nearest } from "../protocol/wording.js";
import type { Findings } from "./findings.js";
import type { Element, Leaf } from "./model.js";
import { bitsOf } from "./words.js";

const PATH = /^([a-z][A-Za-z0-9]*)((?:\.\d+)+)$/;
const MOST_FIELD = 2 ** 29 - 1;
const DEEPEST = 8;
const MOST_LEAVES = 24;
const MOST_BITS = 64;

export class Scope {
  readonly elements: Element[] = [];
  readonly leaves: Leaf[] = [];
  /** Index of the element that each name of an element or of bits belongs to. */
  private readonly names = new Map<string, number>();

  /** @param little the byte order of the protocol, where nothing else is said */
  constructor(
    private readonly findings: Findings,
    readonly little: boolean,
  ) {}

  addElement(element: Element, path: Path): void {
    const index = this.elements.push(element) - 1;
    this.addName(element.name, index, path);
    const bits = element.type === "number" ? (element.bits ?? []) : [];
    for (const { name } of bits) this.addName(name, index, [...path, "bits", name]);
    if (this.names.size - this.elements.length > MOST_BITS)
      this.findings.add(path, `is over the limit of ${MOST_BITS} names of bits`, "Name fewer.");
  }

  private addName(name: string, index: number, path: Path): void {
    if (this.names.has(name))
      this.findings.addKey(path, `names \`${name}\` a second time`, "Give it another name.");
    this.names.set(name, index);
  }

  /** Index of the element that `name` is or belongs to; -1: none. */
  indexOf(name: string): number {
    const part = PATH.exec(name)?.[1] ?? name;
    return this.names.get(part) ?? -1;
  }

  elementOf(name: string): Element | undefined {
    return this.elements[this.indexOf(name)];
  }

  /** Bits of the number element or bits `name`; leaves have 64. Undefined: no number. */
  bitsOfNumber(name: string, path: Path, findings: Findings): number | undefined {
    const element = this.elementOf(name);
    if (element?.type === "varint") return 32;
    if (element?.type === "number") {
      if (element.name === name) return 8 * element.size;
      return bitsOf(element.bits?.find((bit) => bit.name === name)?.mask ?? 0);
    }
    if (element === undefined) this.unknown(name, path);
    else findings.add(path, `takes \`${name}\` for a number`, this.numbersThere());
    return undefined;
  }

  /** Whether `name` is a number, a leaf included; else it is said to be none. */
  number(name: string, path: Path): boolean {
    if (PATH.test(name)) return this.leaf(name, "number", path);
    return this.bitsOfNumber(name, path, this.findings) !== undefined;
  }

  /** Whether `name` has bytes: an element of bytes or a field of a message in one. */
  span(name: string, path: Path): boolean {
    if (PATH.test(name)) return this.leaf(name, "bytes", path);
    const element = this.elementOf(name);
    if (element === undefined) return this.unknown(name, path) === 0;
    if (hasBytes(element)) return true;
    this.findings.add(path, `takes \`${name}\` for bytes`, `It is a number; ${this.bytesThere()}`);
    return false;
  }

  isNumber(name: string): boolean {
    const type = this.elementOf(name)?.type;
    return !PATH.test(name) && (type === "number" || type === "varint");
  }

  isLeaf(name: string): boolean {
    return PATH.test(name);
  }

  /** Makes known that the protobuf field `name` is read as what `as` says. */
  leaf(name: string, as: Leaf["as"], path: Path): boolean {
    const [, part = "", tail = ""] = PATH.exec(name) ?? [];
    const numbers = tail.split(".").slice(1).map(Number);
    const element = this.elementOf(part);
    if (element === undefined) return this.unknown(part, path) === 0;
    if (!hasBytes(element) || element.name !== part) {
      this.findings.add(path, `looks for a message in \`${part}\``, this.bytesThere());
      return false;
    }
    if (numbers.some((n) => n < 1 || n > MOST_FIELD) || numbers.length > DEEPEST) {
      const remedy = `Fields have numbers from 1 on, at most ${DEEPEST} deep.`;
      this.findings.add(path, `names \`${name}\`, which protobuf can't have`, remedy);
      return false;
    }
    const known = this.leaves.find((leaf) => leaf.name === name);
    if (known === undefined) this.leaves.push({ name, part, path: numbers, as });
    else if (known.as !== as) {
      const remedy = "Use it in one way only.";
      this.findings.add(path, `takes \`${name}\` as ${as}, elsewhere as ${known.as}`, remedy);
    }
    if (this.leaves.length > MOST_LEAVES)
      this.findings.add(path, `is over the limit of ${MOST_LEAVES} protobuf fields`, "Use fewer.");
    return true;
  }

  /** Says that there is no such name (yet). */
  unknown(name: string, path: Path): 0 {
    const near = nearest(name, [...this.names.keys()]);
    const remedy = near === undefined ? this.allThere() : `Did you mean \`${near}\`?`;
    this.findings.add(path, `names \`${name}\`, which is not there, or not yet`, remedy);
    return 0;
  }

  private allThere(): string {
    return `What is there: ${list([...this.names.keys()])}.`;
  }
  private numbersThere(): string {
    const names = [...this.names.keys()].filter((name) => this.isNumber(name));
    return `What is a number: ${list(names)}.`;
  }
  private bytesThere(): string {
    return `What has bytes: ${list(this.elements.filter(hasBytes).map(({ name }) => name))}.`;
  }
}

export function hasBytes({ type }: Element): boolean {
  return type === "bytes" || type === "rest" || type === "prefixed";
}
