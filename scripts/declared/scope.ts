/** The names that a description has given, and what they stand for. */
import type { Path } from "../protocol/problem.js";
import { list, nearest } from "../protocol/wording.js";
import { Consequence, Wrong } from "./findings.js";
import type { Element, Leaf } from "./model.js";
import { bitsOf } from "./words.js";

const PATH = /^([a-z][A-Za-z0-9]*)((?:\.\d+)+)$/;
const MOST_FIELD = 2 ** 29 - 1;
const DEEPEST = 8;
const MOST_LEAVES = 24;
const MOST_BITS = 64;

/** What reads a name throws `Wrong` if it stands for nothing, or for something else. */
export class Scope {
  readonly elements: Element[] = [];
  readonly leaves: Leaf[] = [];
  /** Index of the element that each name of an element or of bits belongs to. */
  private readonly names = new Map<string, number>();

  /** Names of elements that can't be read, as has been said. */
  readonly broken = new Set<string>();

  /** @param little the byte order of the protocol, where nothing else is said */
  constructor(readonly little: boolean) {}

  addElement(element: Element, path: Path): void {
    const index = this.elements.push(element) - 1;
    this.addName(element.name, index, path);
    const bits = element.type === "number" ? (element.bits ?? []) : [];
    for (const { name } of bits) this.addName(name, index, [...path, "bits", name]);
    if (this.names.size - this.elements.length > MOST_BITS)
      throw new Wrong(path, `is over the limit of ${MOST_BITS} names of bits`, "Name fewer.");
  }

  private addName(name: string, index: number, path: Path): void {
    if (this.names.has(name))
      throw new Wrong(path, `names \`${name}\` a second time`, "Give it another name.");
    this.names.set(name, index);
  }

  /** Index of the element that `name` is, or belongs to; -1: none. */
  indexOf(name: string): number {
    const part = PATH.exec(name)?.[1] ?? name;
    return this.names.get(part) ?? -1;
  }

  /** The element that `name` is, or belongs to. */
  element(name: string, path: Path): Element {
    const element = this.elementOf(name);
    if (element !== undefined) return element;
    if (this.broken.has(name)) throw new Consequence();
    const near = nearest(name, [...this.names.keys()]);
    const all = `What is there: ${list([...this.names.keys()])}.`;
    const remedy = near === undefined ? all : `Did you mean \`${near}\`?`;
    throw new Wrong(path, `names \`${name}\`, which is not there, or not yet`, remedy);
  }

  elementOf(name: string): Element | undefined {
    return this.elements[this.indexOf(name)];
  }

  /** How many bits the number `name` has, an element or bits of one. */
  bitsOfNumber(name: string, path: Path): number {
    const element = this.element(name, path);
    if (element.type === "varint") return 32;
    if (element.type === "number") {
      const mask = element.bits?.find((bit) => bit.name === name)?.mask;
      return mask === undefined ? 8 * element.size : bitsOf(mask);
    }
    const names = [...this.names.keys()].filter((known) => this.isNumber(known));
    throw new Wrong(path, `takes \`${name}\` for a number`, `Numbers are ${list(names)}.`);
  }

  /** Is `name` a number, be it of the frame or of a protobuf message? */
  checkNumber(name: string, path: Path): void {
    if (this.isLeaf(name)) this.addLeaf(name, "number", path);
    else this.bitsOfNumber(name, path);
  }

  /** Does `name` have bytes: an element of bytes, or a field of the message in one? */
  checkSpan(name: string, path: Path): void {
    if (this.isLeaf(name)) this.addLeaf(name, "bytes", path);
    else this.checkBytes(name, path);
  }

  private checkBytes(name: string, path: Path): void {
    if (hasBytes(this.element(name, path))) return;
    const names = this.elements.filter(hasBytes).map((element) => element.name);
    throw new Wrong(path, `takes \`${name}\` for bytes`, `What has bytes: ${list(names)}.`);
  }

  /** A number of the frame, not of a protobuf message. */
  isNumber(name: string): boolean {
    const type = this.elementOf(name)?.type;
    return !this.isLeaf(name) && (type === "number" || type === "varint");
  }

  /** Is it the path of a protobuf field, such as `meta.1.1`? */
  isLeaf(name: string): boolean {
    return PATH.test(name);
  }

  /** Makes known that the protobuf field `name` is read as what `as` says. */
  addLeaf(name: string, as: Leaf["as"], path: Path): void {
    const [, part = "", tail = ""] = PATH.exec(name) ?? [];
    const numbers = tail.split(".").slice(1).map(Number);
    this.checkBytes(part, path);
    if (numbers.some((n) => n < 1 || n > MOST_FIELD) || numbers.length > DEEPEST) {
      const remedy = `Fields have numbers from 1 on, at most ${DEEPEST} deep.`;
      throw new Wrong(path, `names \`${name}\`, which protobuf can't have`, remedy);
    }
    const known = this.leaves.find((leaf) => leaf.name === name);
    if (known === undefined) this.leaves.push({ name, part, path: numbers, as });
    else if (known.as !== as) {
      const message = `takes \`${name}\` as ${as}, elsewhere as ${known.as}`;
      throw new Wrong(path, message, "Use it in one way only.");
    }
    if (this.leaves.length > MOST_LEAVES)
      throw new Wrong(path, `is over the limit of ${MOST_LEAVES} protobuf fields`, "Use fewer.");
  }
}

export function hasBytes({ type }: Element): boolean {
  return type === "bytes" || type === "rest" || type === "prefixed";
}
