/** Reads `frame` and `length`: the elements of a frame, their order and their sizes. */
import type { Path } from "../protocol/problem.js";
import { show } from "../protocol/wording.js";
import type { Findings } from "./findings.js";
import type { Element, Sum } from "./model.js";
import type { RawElement, RawSpec } from "./raw.js";
import { Scope } from "./scope.js";
import { readTests } from "./tests.js";
import { FORMS, parseSum, parseType, RESERVED, type SumWord, toPrefix } from "./words.js";

const NAME = /^[a-z][A-Za-z0-9]*$/;
const MOST_ELEMENTS = 48;

/** The elements, with their names in `scope`. */
export function readFrame(spec: RawSpec, scope: Scope, findings: Findings): void {
  const entries = Object.entries(spec.frame);
  const path = ["spec", "frame"];
  if (entries.length > MOST_ELEMENTS)
    findings.add(path, `has more than ${MOST_ELEMENTS} elements`, "Take several as one `bytes`.");
  entries.forEach(([name, raw], i) => {
    const at = [...path, name];
    if (!isName(name, at, findings)) return;
    const previous = scope.elements.at(-1);
    if (previous?.type === "rest")
      findings.add(
        [...path, previous.name],
        `takes all bytes up to the frame's end, but \`${name}\` follows`,
        "Say how many bytes it has: `bytes <sum>`.",
      );
    const element = readElement(name, raw, spec, at, scope, findings);
    if (element !== undefined && i < MOST_ELEMENTS) scope.addElement(element, at);
  });
}

function isName(name: string, path: Path, findings: Findings): boolean {
  if (NAME.test(name) && !RESERVED.test(name)) return true;
  const message = RESERVED.test(name) ? "is a word of the language" : `is ${show(name)}, no name`;
  findings.addKey(path, message, "Name it by a letter, then letters and digits, e.g. `bodySize`.");
  return false;
}

function readElement(
  name: string,
  given: string | RawElement,
  spec: RawSpec,
  path: Path,
  scope: Scope,
  findings: Findings,
): Element | undefined {
  const raw: RawElement = typeof given === "string" ? { type: given } : given;
  const inside = typeof given === "string" ? path : [...path, "type"];
  const word = parseType(raw.type);
  if (word === undefined)
    return findings.add(inside, `is ${show(raw.type)}, no type`, `Write ${FORMS}.`);
  const when = raw.when && readTests(raw.when, [...path, "when"], scope, findings, "numbers");
  const common = { name, ...(when !== undefined && { when }) };
  const little = (raw.byteOrder ?? spec.byteOrder) === "little";
  if (word.type !== "number" && (raw.is !== undefined || raw.bits !== undefined))
    findings.add(path, "has `is` or `bits`, but is no number", "Remove them, or write e.g. `u8`.");
  switch (word.type) {
    case "number": {
      const is = raw.is === undefined ? undefined : [raw.is].flat();
      const bits = Object.entries(raw.bits ?? {}).map(([bit, mask]) => ({ name: bit, mask }));
      const element = { ...common, ...word, little, ...(is && { is }) };
      const most = 2 ** (8 * word.size - (word.signed ? 1 : 0)) - 1;
      for (const value of is ?? [])
        if (value > most)
          findings.add([...path, "is"], `has ${value}, more than ${raw.type} holds`, "Mend it.");
      for (const { name: bit, mask } of bits) {
        isName(bit, [...path, "bits", bit], findings);
        if (mask > 2 ** (8 * word.size) - 1)
          findings.add(
            [...path, "bits", bit],
            `has bits that ${raw.type} does not have`,
            "Write a mask of the bits that it is, e.g. 0x80.",
          );
      }
      return bits.length === 0 ? element : { ...element, bits };
    }
    case "prefixed":
      return { ...common, type: "prefixed", prefix: toPrefix(word.prefix, little) };
    case "bytes":
      return { ...common, type: "bytes", size: resolveSum(word.size, inside, scope, findings) };
    default:
      return { ...common, ...word };
  }
}

/** The sum, if all its names are numbers of at most 32 bits that are in `scope` already. */
function resolveSum(sum: SumWord, path: Path, scope: Scope, findings: Findings): Sum {
  for (const { name } of sum.terms) {
    const bits = scope.bitsOfNumber(name, path, findings);
    if (bits !== undefined && bits > 32)
      findings.add(
        path,
        `counts on \`${name}\`, which has more than 32 bits`,
        "Lengths have at most 32 bits: describe its upper half as a number of its own.",
      );
  }
  return sum;
}

/** Reads `length`, and checks that a frame has an end. */
export function readLength(spec: RawSpec, scope: Scope, findings: Findings): Sum | undefined {
  const last = scope.elements.at(-1);
  if (spec.length === undefined) {
    if (last?.type === "rest")
      findings.add(
        ["spec"],
        `\`length\` is missing, and \`${last.name}\` goes up to the frame's end`,
        "Say how long a frame is, e.g. `length: 12 + size`.",
      );
    checkSides(scope, scope.elements.length, findings);
    return undefined;
  }
  const path = ["spec", "length"];
  const word = parseSum(spec.length);
  if (word === undefined)
    return findings.add(path, `is ${show(spec.length)}, no sum`, "Write e.g. `12 + size`.");
  const sum = resolveSum(word, path, scope, findings);
  if (sum.add === 0 && sum.terms.length === 0)
    findings.add(path, "is 0", "A frame has at least one byte.");
  checkSides(scope, Math.max(0, ...sum.terms.map(({ name }) => scope.indexOf(name) + 1)), findings);
  return sum;
}

/** Where a frame ends must not depend on who sent it. */
function checkSides(scope: Scope, count: number, findings: Findings): void {
  for (const { name, when } of scope.elements.slice(0, count))
    if (when?.some((test) => "from" in test))
      findings.add(
        ["spec", "frame", name, "when"],
        "asks who sent the frame before its length is known",
        "Write `length` as a sum of numbers that come before this element.",
      );
}
