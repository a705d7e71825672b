/** What may be wrong with a description, by what its author's samples show. */
import type { Description, Element } from "../declared/model.js";
import { dissect, readNumber } from "../inspect/dissect.js";
import type { Difference } from "./check.js";
import type { Sample } from "./samples.js";

/** Most bytes that a length field may leave uncounted. */
const MOST_HEADER = 64;

/** Hints about a sample that is not as expected, the likeliest first. */
export function hints(
  description: Description,
  sample: Sample,
  differences: readonly Difference[],
  all: readonly Sample[],
): string[] {
  const { fault, length } = dissect(description, sample.bytes, sample.fromServer);
  const found: string[] = [];
  const element = description.elements.find(({ name }) => name === fault?.name);
  if (element?.type === "constant") found.push(...aboutConstant(element, sample));
  if (element?.type !== "constant" && length !== sample.bytes.length) {
    found.push(...aboutLength(description, length, sample, all));
  }
  for (const { field, expected } of differences) {
    if (field !== "" && expected !== "nothing") {
      found.push(...whereIs(field, expected, description, sample));
    }
  }
  return [...new Set(found)];
}

function aboutConstant({ name, hex }: Element & { type: "constant" }, { bytes }: Sample): string[] {
  const wanted = Buffer.from(hex, "hex");
  const reversed = Buffer.from(wanted).reverse();
  if (bytes.indexOf(reversed) === 0) {
    return [
      `The bytes of \`${name}\` come the other way round: write \`hex ${spaced(reversed)}\`.`,
    ];
  }
  const at = bytes.indexOf(wanted);
  if (at > 0) return [`The bytes of \`${name}\` come at byte ${at}: what lies before them?`];
  return [`Does the sample start where a frame starts? \`${name}\` is described otherwise.`];
}

/** Which numbers of the frame could be its length, in all samples. */
function aboutLength(
  description: Description,
  length: number | undefined,
  sample: Sample,
  all: readonly Sample[],
): string[] {
  const says = length === undefined ? "does not say" : `says ${length} bytes`;
  const first = `The sample has ${sample.bytes.length} bytes, and by its description it ${says}.`;
  const used = new Set(description.length?.terms.map(({ name }) => name));
  const fits = description.elements.flatMap((element) => {
    if (element.type !== "number" || element.size === 1) return [];
    return [element.little, !element.little].flatMap((little) => {
      const header = headerBy(element, little, description, all);
      if (header === undefined) return [];
      const sum = header === 0 ? element.name : `${header} + ${element.name}`;
      const order = `with \`byteOrder: ${little ? "little" : "big"}\` for \`${element.name}\``;
      const rank = (used.has(element.name) ? 0 : 2) + (little === element.little ? 0 : 1);
      const text = `\`length: ${sum}\`${little === element.little ? "" : ` ${order}`}`;
      return [{ rank, text: `${text} would fit ${fitting(all)}.` }];
    });
  });
  const [best] = fits.sort((a, b) => a.rank - b.rank);
  return best === undefined ? [first] : [first, best.text];
}

function fitting(all: readonly Sample[]): string {
  return all.length === 1 ? "this sample; more samples would make sure" : "all samples";
}

/** How many bytes the number does not count, if that is the same in all samples. */
function headerBy(
  { name }: Element,
  little: boolean,
  description: Description,
  all: readonly Sample[],
): number | undefined {
  const headers = all.map(({ bytes, fromServer }) => {
    const part = dissect(description, bytes, fromServer).parts.find((p) => p.name === name);
    return part && bytes.length - Number(readNumber(bytes, part.at, part.size, little));
  });
  const [header] = headers;
  if (header === undefined || header < 0 || header > MOST_HEADER) return undefined;
  return headers.every((other) => other === header) ? header : undefined;
}

/** Where an expected value stands instead. */
function whereIs(
  field: string,
  expected: string,
  description: Description,
  { bytes, fromServer }: Sample,
): string[] {
  const { parts } = dissect(description, bytes, fromServer);
  const owner = (at: number) =>
    parts.find((part) => at >= part.at && part.at + part.size > at)?.name ??
    "what is not described";
  if (!/^\d+$/.test(expected)) {
    const at = bytes.indexOf(Buffer.from(expected));
    return at < 0 ? [] : [`"${expected}" (${field}) stands at byte ${at}, in \`${owner(at)}\`.`];
  }
  return parts.flatMap(({ name, at, size }) => {
    const element = description.elements.find((one) => one.name === name);
    if (element?.type !== "number" || size === 1) return [];
    if (readNumber(bytes, at, size, !element.little) !== BigInt(expected)) return [];
    const order = element.little ? "big" : "little";
    return [`\`${name}\` would be ${expected} (${field}) with \`byteOrder: ${order}\`.`];
  });
}

function spaced(bytes: Buffer): string {
  return bytes.toString("hex").replace(/../g, "$& ").trimEnd();
}
