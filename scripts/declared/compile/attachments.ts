/** Functions that read the parts that are full of attachments. */
import type { Attachments, Description } from "../model.js";
import { atName, type Code, isLittle, prefixSize, sizeName } from "./code.js";
import type { Constants } from "./constants.js";
import { declareSpan } from "./messages.js";
import { lookupName, lookupWord } from "./tests.js";

/** What fills a part: not the single ones, and not protobuf's maps. */
export type Collection = Extract<Attachments, { lines: string } | { pairs: string }>;

export function collectionsOf(attachments: readonly Attachments[]): Collection[] {
  return attachments.filter((a): a is Collection => "lines" in a || "pairs" in a);
}

export function partOf(collection: Collection): string {
  return "lines" in collection ? collection.lines : collection.pairs;
}

/** The name of the function that reads a collection. */
export function readerOf(collection: Collection): string {
  const word = partOf(collection).replaceAll(".", "_");
  return "lines" in collection ? `readLines_${word}` : `readPairs_${word}`;
}

/** The functions for all collections, and who is told of what they find. */
export function emitAttachments(
  { request, response }: Description,
  lookups: readonly string[],
  constants: Constants,
  code: Code,
): void {
  const all = [...request.attachments, ...response.attachments];
  if (all.every((a) => "name" in a)) return;
  for (const name of lookups) declareSpan(lookupWord(name), code);
  code.line();
  code.line("/** Takes an attachment: for values that ask for it by its name, and for `m`. */");
  const head = "function found(m: Metadata | null, name: usize, n: u32, p: usize, size: u32): void";
  code.block(head, () => {
    for (const lookup of lookups) {
      const { name, size } = constants.text(lookup);
      code.block(`if (lib.is(name, n, ${name}, ${size}))`, () => {
        code.line(`${lookupName(lookup)} = p;`);
        code.line(`${sizeName(lookupWord(lookup))} = size;`);
      });
    }
    code.line("if (m !== null) lib.report(m, name, n, p, size);");
  });
  code.line();
  const readers = new Map(collectionsOf(all).map((one) => [readerOf(one), one]));
  for (const [name, collection] of readers) {
    code.block(`function ${name}(p: usize, end: usize, m: Metadata | null): bool`, () => {
      code.block("while (p < end)", () => {
        if ("lines" in collection) emitLine(code);
        else emitPair(collection, code);
      });
      code.line("return true;");
    });
    code.line();
  }
}

function emitLine(code: Code): void {
  code.line("const nameEnd = lib.lineEnd(p, end);");
  code.line("if (nameEnd == end) return false;");
  code.line("const valueEnd = lib.lineEnd(nameEnd + 1, end);");
  code.line("found(m, p, <u32>(nameEnd - p), nameEnd + 1, <u32>(valueEnd - nameEnd - 1));");
  code.line("p = valueEnd + 1;");
}

function emitPair(
  { nameLength, valueLength }: Extract<Attachments, { pairs: string }>,
  code: Code,
): void {
  const read = (at: string, prefix: typeof nameLength) =>
    `lib.readPrefix(${at}, end, ${prefixSize(prefix)}, ${isLittle(prefix)})`;
  code.line(`const name = ${read("p", nameLength)};`);
  code.line("if (name == 0) return false;");
  code.line("const n = lib.counted;");
  code.line("const hasName = !lib.isNull;");
  code.line(`const value = ${read("name + n", valueLength)};`);
  code.line("if (value == 0) return false;");
  code.line("if (hasName && !lib.isNull) found(m, name, n, value, lib.counted);");
  code.line("p = value + lib.counted;");
}

/** Forgets the attachments that values ask for. */
export function forgetLookups(lookups: readonly string[], code: Code): void {
  for (const name of lookups) code.line(`${lookupName(name)} = 0;`);
}

/** Reads the collections of a frame that ends at `end`; `m` may be null. */
export function emitCollections(collections: readonly Collection[], m: string, code: Code): void {
  for (const collection of collections) {
    const [at, size] = [atName(partOf(collection)), sizeName(partOf(collection))];
    code.line(`if (<u64>${at} + ${size} > <u64>end) return Read.INCOMPLETE;`);
    const call = `${readerOf(collection)}(${at}, ${at} + ${size}, ${m})`;
    code.line(`if (${at} != 0 && !${call}) return Read.MALFORMED;`);
  }
}
