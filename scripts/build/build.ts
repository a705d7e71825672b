/** Builds all of dist/: the modules, the CLI and the schemas. */
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { UserError } from "../cli/error.js";
import { bundleCli } from "./bundle.js";
import { checkImports, type Import, readImports } from "./imports.js";
import { compile, compileSource, type WasmModule, wasmModules } from "./modules.js";
import { entrySource, findCodecs, generatedSources } from "./own-codecs.js";
import { hashInputs, Stamps } from "./stamp.js";
import { withVersion } from "./version-section.js";

/** One file of dist/ after the build. */
export interface Built {
  file: string;
  bytes: number;
  /** What a module imports, by module and name. */
  imports?: string[];
  /** Made by this build; false: it was current. */
  built: boolean;
}

export interface BuildOptions {
  /** Build these files of dist/ only; none or empty: all. */
  only?: readonly string[];
  /** Build even what is current. */
  force?: boolean;
  /** Told of every file when it is ready. */
  onBuilt?: (built: Built) => void;
}

/**
 * Builds what is not current.
 * @param root the project; its dist/ is written
 * @throws UserError if something does not compile, is too big or imports what Envoy lacks
 */
export async function buildAll(root: string, options: BuildOptions = {}): Promise<Built[]> {
  const dist = join(root, "dist");
  for (const name of ["schema", "data"]) await mkdir(join(dist, name), { recursive: true });
  const stamps = await Stamps.load(dist);
  const results: Built[] = [];

  for (const step of chosenSteps(root, options.only ?? [])) {
    const inputs = await hashInputs(root, step.sources, step.packages);
    const known = options.force ? undefined : await stamps.current(step.output, inputs);
    const summary = known ?? (await makeAtomically(dist, step));
    if (known === undefined) await stamps.record(step.output, inputs, summary);
    const built: Built = {
      file: relative(root, join(dist, step.output)),
      ...(JSON.parse(summary) as { bytes: number; imports?: string[] }),
      built: known === undefined,
    };
    options.onBuilt?.(built);
    results.push(built);
  }
  await copyFiles(join(root, "scripts/schema"), join(dist, "schema"), ".json");
  await copyFiles(join(root, "scripts/istio/schemas/data"), join(dist, "data"), ".br");
  return results;
}

/** The files of dist/ that are missing or not made of the sources as they are. */
export async function staleOutputs(root: string): Promise<string[]> {
  const dist = join(root, "dist");
  const stamps = await Stamps.load(dist);
  const stale: string[] = [];
  for (const step of steps(root)) {
    const inputs = await hashInputs(root, step.sources, step.packages);
    if ((await stamps.current(step.output, inputs)) === undefined) stale.push(step.output);
  }
  return stale;
}

interface Step {
  output: string;
  sources: string[];
  packages: string[];
  /** Writes the output to `out` and sums it up. */
  make(out: string): Promise<{ bytes: number; imports?: string[] }>;
}

function chosenSteps(root: string, only: readonly string[]): Step[] {
  const all = steps(root);
  const outputs = all.map(({ output }) => output);
  const unknown = only.find((name) => !outputs.includes(name));
  if (unknown !== undefined) {
    throw new UserError(`dist/ has no file ${unknown}`, {
      remedy: `Choose from ${outputs.join(", ")}.`,
    });
  }
  return only.length === 0 ? all : all.filter(({ output }) => only.includes(output));
}

function steps(root: string): Step[] {
  const cli: Step = {
    output: "argot.mjs",
    sources: ["scripts", "package-lock.json"],
    packages: ["esbuild"],
    make: async (out) => {
      await bundleCli(root, out);
      return { bytes: (await readFile(out)).length };
    },
  };
  const modules = wasmModules.map((module) => ({
    output: module.output,
    sources: [
      ...["assembly", "asconfig.json", "package.json", "scripts/build"],
      ...(module.descriptions === undefined ? [] : [module.descriptions, "scripts/declared"]),
    ],
    packages: ["assemblyscript", "binaryen"],
    make: (out: string) => makeModule(module, root, out),
  }));
  return [cli, ...modules];
}

async function makeModule(
  module: WasmModule,
  root: string,
  out: string,
): Promise<{ bytes: number; imports: string[] }> {
  if (module.descriptions === undefined) await compile(module, root, out);
  else await compileDescriptions(module, module.descriptions, root, out);
  const compiled = await readFile(out);
  const wasm = module.host === "envoy" ? withVersion(compiled) : compiled;
  if (wasm !== compiled) await writeFile(out, wasm);
  const imports = await checkModule(wasm, { ...module, file: `dist/${module.output}` });
  return { bytes: wasm.length, imports };
}

/** Compiles all descriptions in a folder, and a module with them. */
async function compileDescriptions(
  module: WasmModule,
  folder: string,
  root: string,
  out: string,
): Promise<void> {
  const files = (await readdir(join(root, folder))).filter((name) => name.endsWith(".yaml"));
  const codecs = findCodecs(
    files.sort().map((name) => join(folder, name)),
    root,
    root,
  );
  const source = entrySource(codecs, basename(module.entry, ".ts"));
  const generated = generatedSources(codecs);
  await compileSource(module, { source, generated, named: folder, folder: root, root }, out);
}

/**
 * Holds a module against what its host has, and against its limit.
 * @param file shown in errors
 * @returns its imports
 */
export async function checkModule(
  wasm: Uint8Array,
  { host, limit, file }: { host: "envoy" | "none"; limit?: number; file: string },
): Promise<string[]> {
  const imports = await readImports(wasm);
  if (host === "envoy") checkImports(imports, file);
  else refuseImports(imports, file);
  if (limit !== undefined && wasm.length > limit) {
    throw new UserError(`has ${wasm.length} bytes, ${limit} are allowed`, {
      file,
      remedy: "Look for what grew: compare the functions of dist/argot.debug.wasm.",
    });
  }
  return imports.map(({ module, name }) => `${module}.${name}`);
}

function refuseImports(imports: readonly Import[], file: string): void {
  if (imports.length === 0) return;
  const names = imports.map(({ module, name }) => `${module}.${name}`).join(", ");
  throw new UserError(`must import nothing, but imports ${names}`, {
    file,
    remedy: "Codecs know bytes only: take the import out of what assembly/inspect.ts reaches.",
  });
}

/** Whoever reads dist/ meanwhile sees the old file or the new one, never half of it. */
async function makeAtomically(dist: string, step: Step): Promise<string> {
  const temporary = join(dist, `.${process.pid}.${step.output}`);
  try {
    const summary = await step.make(temporary);
    await rename(temporary, join(dist, step.output));
    return JSON.stringify(summary);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Copies the files whose names end so from one folder to another. */
async function copyFiles(from: string, to: string, ending: string): Promise<void> {
  for (const name of await readdir(from)) {
    if (!name.endsWith(ending)) continue;
    const temporary = join(to, `.${process.pid}.${name}`);
    await copyFile(join(from, name), temporary);
    await rename(temporary, join(to, name));
  }
}
