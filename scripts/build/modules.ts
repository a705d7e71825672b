/** The WebAssembly modules that the build makes, and how each is compiled. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { setFlagsFromString } from "node:v8";
import { UserError } from "../cli/error.js";
import { packData } from "./pack-data.js";

export interface WasmModule {
  /** Its target in asconfig.json. */
  target: string;
  /** Source, relative to the project. */
  entry: string;
  /** File name in dist/. */
  output: string;
  /** What asc is told beside its target. */
  options?: readonly string[];
  /** Run wasm-opt on what asc made. */
  optimise: boolean;
  /** Largest function that wasm-opt puts into each of its callers, in its own measure. */
  inlineUpTo?: number;
  /** Its entry imports host/unpack first, so that its data can be packed. */
  packed?: boolean;
  /** Who provides its imports: Envoy, or nobody because it must have none. */
  host: "envoy" | "none";
  /** Most bytes that it may have. */
  limit?: number;
  /** A folder of descriptions, which are compiled to be its codecs. */
  descriptions?: string;
}

export const wasmModules: readonly WasmModule[] = [
  {
    target: "argot",
    entry: "assembly/index.ts",
    output: "argot.wasm",
    optimise: true,
    packed: true,
    host: "envoy",
    limit: 128 * 1024,
  },
  {
    target: "debug",
    entry: "assembly/index.debug.ts",
    output: "argot.debug.wasm",
    optimise: false,
    host: "envoy",
  },
  {
    target: "inspect",
    entry: "assembly/inspect.ts",
    output: "inspect.wasm",
    optimise: false,
    host: "none",
  },
  {
    target: "probe",
    entry: "assembly/probe.ts",
    output: "probe.wasm",
    optimise: true,
    host: "none",
  },
  {
    target: "probe",
    entry: "assembly/probe.ts",
    output: "compiled.wasm",
    optimise: true,
    host: "none",
    descriptions: "protocols",
  },
];

/**
 * What wasm-opt may use: all of it is in the V8 of every Envoy since 1.37. They are named one by
 * one since `--all-features` makes modules that V8 rejects.
 */
const features = [
  "mutable-globals",
  "sign-ext",
  "nontrapping-float-to-int",
  "bulk-memory",
  "bulk-memory-opt",
  "simd",
];

/**
 * Has V8 run WebAssembly as it compiles it at first. The compilers are WebAssembly themselves, of
 * 10 MB: to compile them once more, to quicker code, costs more than that saves.
 */
const ONCE = "--liftoff-only";

/**
 * Compiles one module to `out`.
 * @param root the project: asconfig.json and the entry lie in it
 * @throws UserError with the compiler's diagnostics
 */
export async function compile(module: WasmModule, root: string, out: string): Promise<void> {
  if (!existsSync(join(root, module.entry))) {
    throw new UserError("is missing, so there is nothing to build", {
      file: module.entry,
      remedy:
        "Run the build in a clone of Argot's repository; a module with codecs of your own is made " +
        "anywhere, by `argot build --codec`.",
    });
  }
  await runCompiler(module, module.entry, ["--baseDir", root], out, module.entry);
}

/** An entry that is in no file, and what it is made for. */
export interface GeneratedEntry {
  source: string;
  /** Further sources that are in no file, by the names under which they are imported. */
  generated: ReadonlyMap<string, string>;
  /** What the user named: shown in errors. */
  named: string;
  /** Where the user's files lie: paths in the compiler's messages are relative to it. */
  folder: string;
  /** Argot's own package. */
  root: string;
}

/** Sources that add to the standard module what is in it: codecs and modes. */
const STANDARD = ["codecs/builtin.ts", "filter/modes.ts"];

/**
 * Compiles a generated entry to `out`. In it, and in what it imports, `argot/…` is this package's
 * assembly/, wherever the entry's files lie, without what makes a module the standard one.
 * @throws UserError with the compiler's diagnostics
 */
export async function compileSource(
  module: WasmModule,
  { source, generated, named, folder, root }: GeneratedEntry,
  out: string,
): Promise<void> {
  const entry = "argot-build.ts";
  const readSource = async (name: string, base: string): Promise<string | null> => {
    if (name === entry) return source;
    const made = generated.get(name);
    if (made !== undefined) return made;
    if (name === "asconfig.json") return await textOf(join(root, name));
    const own = /(?:^|\/)node_modules\/argot\/(.*)$/.exec(name)?.[1];
    if (own !== undefined && STANDARD.includes(own)) return "";
    const instead = generated.get(`argot/${own}`);
    if (instead !== undefined) return instead;
    return await textOf(own === undefined ? resolve(base, name) : join(root, "assembly", own));
  };
  await runCompiler(module, entry, ["--baseDir", folder], out, named, readSource);
}

async function textOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch {
    return null; // the compiler looks in several places
  }
}

async function runCompiler(
  module: WasmModule,
  entry: string,
  options: string[],
  out: string,
  named: string,
  readSource?: (name: string, base: string) => Promise<string | null>,
): Promise<void> {
  setFlagsFromString(ONCE);
  const { default: asc } = await import("assemblyscript/asc");
  const stderr = asc.createMemoryStream();
  const { error } = await asc.main(
    [entry, "--target", module.target, "--outFile", out, ...(module.options ?? []), ...options],
    { stderr, ...directFiles, ...(readSource && { readFile: readSource }) },
  );
  if (error) {
    throw new UserError(`does not compile (target ${module.target})\n${stderr.toString()}`, {
      file: named,
      cause: error,
    });
  }
  if (module.optimise) await optimise(out, module.inlineUpTo);
  if (module.packed) await writeFile(out, packData(await readFile(out)));
}

/** asc's own file access, but with absolute output paths as they are. */
const directFiles = {
  writeFile: (name: string, contents: Uint8Array | string): Promise<void> =>
    writeFile(name, contents),
};

async function optimise(file: string, inlineUpTo?: number): Promise<void> {
  const require = createRequire(import.meta.url);
  const wasmOpt = join(dirname(require.resolve("binaryen")), "bin", "wasm-opt");
  const enable = features.map((feature) => `--enable-${feature}`);
  const inline = inlineUpTo === undefined ? [] : [`-fimfs=${inlineUpTo}`];
  await promisify(execFile)(process.execPath, [
    ...[ONCE, wasmOpt, "--mvp-features", ...enable, "-O3", ...inline, file, "-o", file],
  ]);
}
