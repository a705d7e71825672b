/** Functions that read the protobuf fields of a part, and the variables that they fill. */
import type { Description, Leaf } from "../model.js";
import { atName, type Code, numberName, sizeName } from "./code.js";

/** The variables of leaves, which are the module's: functions fill them. */
export function declareLeaves({ leaves, head }: Description, code: Code): void {
  for (const { name, as } of leaves) {
    if (as === "number") code.line(`let ${numberName(name)}: u64 = 0;`);
    if (as === "bytes") declareSpan(name, code);
  }
  if (head?.hole !== undefined && "leaf" in head.hole) {
    code.line("/** Where the number lies that differs from request to request. */");
    code.line("let hole_at: usize = 0;");
    code.line("let hole_end: usize = 0;");
  }
}

export function declareSpan(name: string, code: Code): void {
  code.line(`let ${atName(name)}: usize = 0;`);
  code.line(`let ${sizeName(name)}: u32 = 0;`);
}

/** Forgets what was read of these leaves. */
export function forgetLeaves(leaves: readonly Leaf[], hole: string | undefined, code: Code): void {
  for (const { name, as } of leaves) {
    if (as === "number") code.line(`${numberName(name)} = 0;`);
    if (as === "bytes") code.line(`${atName(name)} = 0;`);
    if (name === hole) code.line("hole_at = hole_end = 0;");
  }
}

/**
 * Writes the function `name`, and those that it calls for messages in the message.
 * @param leaves of one part; of what lies `depth` messages deep in it
 * @param hole the leaf whose place is to be known
 */
export function emitReader(
  name: string,
  leaves: readonly Leaf[],
  hole: string | undefined,
  code: Code,
  depth = 0,
): void {
  const numbers = [...new Set(leaves.map(({ path }) => path[depth] ?? 0))];
  const inner = (number: number) =>
    leaves.filter(({ path }) => path[depth] === number && path.length > depth + 1);
  for (const number of numbers) {
    if (inner(number).length > 0) {
      emitReader(`${name}_${number}`, inner(number), hole, code, depth + 1);
    }
  }
  const isWatched = leaves.some((leaf) => leaf.name === hole && leaf.path.length === depth + 1);
  code.block(`function ${name}(p: usize, end: usize, m: Metadata | null): bool`, () => {
    code.block("while (p < end)", () => {
      if (isWatched) code.line("let start = p;");
      emitField(code);
      code.line("const isBytes = (tag & 7) == <u32>protobuf.Wire.BYTES;");
      code.block("switch (tag >> 3)", () => {
        for (const number of numbers) {
          code.block(`case ${number}:`, () => {
            for (const leaf of leaves) {
              if (leaf.path[depth] !== number || leaf.path.length > depth + 1) continue;
              emitTake(leaf, leaf.name === hole, code);
            }
            if (inner(number).length > 0) {
              const call = `${name}_${number}(from, from + n, m)`;
              code.line(`if (isBytes && !${call}) return false;`);
            }
            code.line("break;");
          });
        }
      });
    });
    code.line("return true;");
  });
  code.line();
}

/** Reads a field: most have a tag, and a number or a length, of one byte each. */
function emitField(code: Code): void {
  code.line("let tag = <u32>load<u8>(p);");
  code.line("let from = p + 2;");
  code.line("let n: u32 = 0;");
  code.line("let value: u64 = 0;");
  code.line("const isShort = end - p >= 2 && load<u8>(p + 1) < 0x80;");
  code.block("if (isShort && tag - 8 < 0x78 && (tag & 5) == 0)", () => {
    code.line("value = load<u8>(p + 1);");
    code.line("p = from;");
    code.block("if ((tag & 2) != 0)", () => {
      code.line("n = <u32>value;");
      code.line("if (n > end - p) return false;");
      code.line("p += n;");
    });
  });
  code.block("else", () => {
    code.line("p = protobuf.readField(p, end);");
    code.line("if (p == 0) return false;");
    code.line("tag = protobuf.tag;");
    code.line("from = protobuf.at;");
    code.line("n = protobuf.length;");
    code.line("value = protobuf.value;");
  });
}

function emitTake({ name, as }: Leaf, isHole: boolean, code: Code): void {
  if (as === "map") {
    code.block("if (isBytes)", () => {
      code.line("if (!lib.readEntry(from, from + n)) return false;");
      code.line("found(m, lib.keyAt, lib.keySize, lib.valueAt, lib.valueSize);");
    });
  } else if (as === "bytes") {
    code.block("if (isBytes)", () => {
      code.line(`${atName(name)} = from;`);
      code.line(`${sizeName(name)} = n;`);
    });
  } else {
    code.block("if (!isBytes)", () => {
      code.line(`${numberName(name)} = value;`);
      if (!isHole) return;
      code.line("while (load<u8>(start++) >= 0x80) {}");
      code.line("hole_at = start;");
      code.line("hole_end = p;");
    });
  }
}
