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
      code.line("p = protobuf.readField(p, end);");
      code.line("if (p == 0) return false;");
      code.line("const isBytes = (protobuf.tag & 7) == <u32>protobuf.Wire.BYTES;");
      code.line("const from = protobuf.at;");
      code.line("const n = protobuf.length;");
      code.block("switch (protobuf.tag >> 3)", () => {
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
      code.line(`${numberName(name)} = protobuf.value;`);
      if (!isHole) return;
      code.line("while (load<u8>(start++) >= 0x80) {}");
      code.line("hole_at = start;");
      code.line("hole_end = p;");
    });
  }
}
