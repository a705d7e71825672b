/** Functions that read the parts that are full of attachments. */
import type { Attachments, Description, Prefix } from "../model.js";
import { atName, type Code, equalsOf, isLittle, loadOf, prefixSize, sizeName } from "./code.js";
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
  code: Code,
): void {
  const all = [...request.attachments, ...response.attachments];
  if (all.every((a) => "name" in a)) return;
  for (const name of lookups) declareSpan(lookupWord(name), code);
  code.line();
  code.line("/** Takes an attachment: for values that ask for it by its name, and for `m`. */");
  const head = "function found(m: Metadata | null, name: usize, n: u32, p: usize, size: u32): void";
  code.block(head, () => {
    emitLookups(lookups, code);
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

/** Keeps the value if the name is one that values ask for. */
function emitLookups(lookups: readonly string[], code: Code): void {
  if (lookups.length === 0) return;
  const sizes = new Set(lookups.map((name) => Buffer.byteLength(name)));
  code.block("switch (n)", () => {
    for (const size of sizes) {
      code.block(`case ${size}:`, () => {
        for (const lookup of lookups) {
          const bytes = Buffer.from(lookup);
          if (bytes.length !== size) continue;
          code.line(`// ${lookup}`);
          code.block(`if (${equalsOf("name", bytes) || "true"})`, () => {
            code.line(`${lookupName(lookup)} = p;`);
            code.line(`${sizeName(lookupWord(lookup))} = size;`);
          });
        }
        code.line("break;");
      });
    }
  });
}

function emitLine(code: Code): void {
  code.line("const nameEnd = lib.findByte(p, end, 0x0a);");
  code.line("if (nameEnd == end) return false;");
  code.line("const valueEnd = lib.findByte(nameEnd + 1, end, 0x0a);");
  code.line("found(m, p, <u32>(nameEnd - p), nameEnd + 1, <u32>(valueEnd - nameEnd - 1));");
  code.line("p = valueEnd + 1;");
}

function emitPair(
  { nameLength, valueLength }: Extract<Attachments, { pairs: string }>,
  code: Code,
): void {
  emitPrefix("name", nameLength, code);
  emitPrefix("value", valueLength, code);
  code.line("if (hasName && hasValue) found(m, name, nameSize, value, valueSize);");
}

/** Reads a length, and steps over what it counts; Java writes -1 for null. */
function emitPrefix(what: "name" | "value", prefix: Prefix, code: Code): void {
  const size = prefixSize(prefix);
  const has = what === "name" ? "hasName" : "hasValue";
  if (size === 0) {
    code.line(`const ${what} = lib.readPrefix(p, end, 0, false);`);
    code.line(`if (${what} == 0) return false;`);
    code.line(`const ${what}Size = lib.counted;`);
    code.line(`const ${has} = true;`);
  } else {
    code.line(`if (end - p < ${size}) return false;`);
    code.line(`let ${what}Size = <u32>${loadOf(size, isLittle(prefix), false, "p")};`);
    code.line(`const ${has} = ${size === 4 ? `${what}Size != u32.MAX_VALUE` : "true"};`);
    if (size === 4) code.line(`if (!${has}) ${what}Size = 0;`);
    code.line(`const ${what} = p + ${size};`);
    code.line(`if (${what}Size > end - ${what}) return false;`);
  }
  code.line(`p = ${what} + ${what}Size;`);
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
