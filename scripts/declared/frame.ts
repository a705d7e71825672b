/** Reads `frame` and `length`: the elements of a frame, their order and their sizes. */
import type { Path } from "../protocol/problem.js";
import { show } from "../protocol/wording.js";
import { type Findings, Wrong } from "./findings.js";
import type { Element, Sum } from "./model.js";
import type { RawElement, RawSpec } from "./raw.js";
import type { Scope } from "./scope.js";
import { readTests } from "./tests.js";
import { FORMS, parseSum, parseType, RESERVED, type SumWord, toPrefix } from "./words.js";

const NAME = /^[a-z][A-Za-z0-9]*$/;
const MOST_ELEMENTS = 48;

/** Puts the elements, and their names, into `scope`. */
export function readFrame(spec: RawSpec, scope: Scope, findings: Findings): void {
  const entries = Object.entries(spec.frame);
  const path = ["spec", "frame"];
  if (entries.length > MOST_ELEMENTS)
    findings.add(path, `has more than ${MOST_ELEMENTS} elements`, "Take several as one `bytes`.");
  for (const [name, raw] of entries.slice(0, MOST_ELEMENTS)) {
    const at = [...path, name];
    const read = findings.attempt(() => {
      checkName(name, at);
      return readElement(name, raw, spec, at, scope, findings);
    });
    if (read === undefined) scope.broken.add(name);
    else findings.attempt(() => add(read, at, scope));
  }
}

function add(element: Element, path: Path, scope: Scope): void {
  const previous = scope.elements.slice(-1)[0];
  scope.addElement(element, path);
  if (previous?.type !== "rest") return;
  throw new Wrong(
    [...path.slice(0, -1), previous.name],
    `takes all bytes up to the frame's end, but \`${element.name}\` follows`,
    "Say how many bytes it has: `bytes <sum>`.",
  );
}

function checkName(name: string, path: Path): void {
  if (NAME.test(name) && !RESERVED.test(name)) return;
  const message = RESERVED.test(name) ? "is a word of the language" : `is ${show(name)}, no name`;
  const remedy = "Name it by a letter, then letters and digits, e.g. `bodySize`.";
  throw new Wrong(path, message, remedy, true);
}

function readElement(
  name: string,
  given: string | RawElement,
  spec: RawSpec,
  path: Path,
  scope: Scope,
  findings: Findings,
): Element {
  const raw: RawElement = typeof given === "string" ? { type: given } : given;
  const inside = typeof given === "string" ? path : [...path, "type"];
  const word = parseType(raw.type);
  if (word === undefined)
    throw new Wrong(inside, `is ${show(raw.type)}, no type`, `Write ${FORMS}.`);
  const when = raw.when && readTests(raw.when, [...path, "when"], scope, findings, "numbers");
  const common = { name, ...(when !== undefined && { when }) };
  const little = (raw.byteOrder ?? spec.byteOrder) === "little";
  if (word.type === "number")
    return { ...common, ...word, little, ...readValues(raw, word, path, findings) };
  if (raw.is !== undefined || raw.bits !== undefined)
    findings.add(path, "has `is` or `bits`, but is no number", "Remove them, or write e.g. `u8`.");
  if (word.type === "prefixed")
    return { ...common, type: "prefixed", prefix: toPrefix(word.prefix, little) };
  if (word.type === "bytes")
    return { ...common, type: "bytes", size: checkSum(word.size, inside, scope) };
  return { ...common, ...word };
}

/** `is` and `bits` of a number. */
function readValues(
  raw: RawElement,
  { size, signed }: { size: number; signed: boolean },
  path: Path,
  findings: Findings,
) {
  const is = raw.is === undefined ? [] : [raw.is].flat();
  const bits = Object.entries(raw.bits ?? {}).map(([name, mask]) => ({ name, mask }));
  const most = 2 ** (8 * size - (signed ? 1 : 0)) - 1;
  const large = is.find((value) => value > most);
  if (large !== undefined)
    findings.add([...path, "is"], `has ${large}, more than ${raw.type} holds`, "Write less.");
  for (const { name, mask } of bits) {
    const at = [...path, "bits", name];
    findings.attempt(() => checkName(name, at));
    if (mask < 2 ** (8 * size)) continue;
    const remedy = "Write a mask of the bits that it is, e.g. 0x80.";
    findings.add(at, `has bits that ${raw.type} does not have`, remedy);
  }
  return { ...(is.length > 0 && { is }), ...(bits.length > 0 && { bits }) };
}

/** The sum, if all its names are numbers of at most 32 bits that are in `scope` already. */
function checkSum(sum: SumWord, path: Path, scope: Scope): Sum {
  for (const { name } of sum.terms) {
    if (scope.bitsOfNumber(name, path) <= 32) continue;
    const remedy = "Lengths have at most 32 bits: describe its upper half as a number of its own.";
    throw new Wrong(path, `counts on \`${name}\`, which has more than 32 bits`, remedy);
  }
  return sum;
}

/** Reads `length`, and checks that a frame has an end. */
export function readLength(spec: RawSpec, scope: Scope, findings: Findings): Sum | undefined {
  const last = scope.elements.slice(-1)[0];
  if (spec.length === undefined) {
    checkSides(scope, scope.elements.length, findings);
    if (last === undefined || last.type !== "rest") return undefined;
    const message = `\`length\` is missing, and \`${last.name}\` goes up to the frame's end`;
    throw new Wrong(["spec"], message, "Say how long a frame is, e.g. `length: 12 + size`.");
  }
  const path = ["spec", "length"];
  const word = parseSum(spec.length);
  if (word === undefined)
    throw new Wrong(path, `is ${show(spec.length)}, no sum`, "Write e.g. `12 + size`.");
  const sum = checkSum(word, path, scope);
  if (sum.add === 0 && sum.terms.length === 0)
    throw new Wrong(path, "is 0", "A frame has at least one byte.");
  checkSides(scope, Math.max(0, ...sum.terms.map(({ name }) => scope.indexOf(name) + 1)), findings);
  return sum;
}

/** Where a frame ends must not depend on who sent it. */
function checkSides(scope: Scope, count: number, findings: Findings): void {
  for (const { name, when = [] } of scope.elements.slice(0, count))
    if (when.some((test) => "from" in test))
      findings.add(
        ["spec", "frame", name, "when"],
        "asks who sent the frame before its length is known",
        "Write `length` as a sum of numbers that come before this element.",
      );
}
