/** Reads what a module imports and holds it against what its host has. */
import { UserError } from "../cli/error.js";
import { hostCalls } from "./host-calls.js";

/** One imported function (or memory, table, global: then without a signature). */
export interface Import {
  module: string;
  name: string;
  /** As in `hostCalls`, e.g. `iii:i`; undefined for what is not a function. */
  signature: string | undefined;
}

/** Lists the imports of a module in the order of their names. */
export async function readImports(wasm: Uint8Array): Promise<Import[]> {
  const { default: binaryen } = await import("binaryen");
  const module = binaryen.readBinary(wasm);
  const letters = new Map([
    [binaryen.i32, "i"],
    [binaryen.i64, "I"],
    [binaryen.f32, "f"],
    [binaryen.f64, "F"],
  ]);
  const spell = (type: number): string =>
    binaryen
      .expandType(type)
      .map((part) => letters.get(part) ?? "?")
      .join("");

  const signatures = new Map<string, string>();
  for (let i = 0; i < module.getNumFunctions(); i++) {
    const info = binaryen.getFunctionInfo(module.getFunctionByIndex(i));
    if (!info.module) continue;
    signatures.set(`${info.module}.${info.base}`, `${spell(info.params)}:${spell(info.results)}`);
  }
  module.dispose();

  // V8's own list also has imports that are not functions.
  return WebAssembly.Module.imports(new WebAssembly.Module(new Uint8Array(wasm)))
    .map(({ module, name }) => ({ module, name, signature: signatures.get(`${module}.${name}`) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Fails if `module` imports what Envoy's host lacks, or declares it differently.
 * @param file shown in the error
 */
export function checkImports(imports: readonly Import[], file: string): void {
  const faults = imports.flatMap(({ module, name, signature }) => {
    const expected = hostCalls[module]?.[name];
    if (expected === undefined) return [`${module}.${name}`];
    return signature === expected
      ? []
      : [`${module}.${name} (declared ${signature ?? "as no function"}, Envoy has ${expected})`];
  });
  if (faults.length === 0) return;
  const abort = imports.some(({ module, name }) => module === "env" && name === "abort");
  throw new UserError(`imports what Envoy's host lacks: ${faults.join(", ")}`, {
    file,
    remedy: abort
      ? 'Keep `"use": ["abort="]` in asconfig.json: it takes away the import of env.abort.'
      : "Import host calls only as scripts/build/host-calls.ts lists them.",
  });
}
