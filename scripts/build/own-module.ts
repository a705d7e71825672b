/** `argot build --codec`: a module with the codecs that were asked for, and no others. */
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, extname, join, parse, resolve } from "node:path";
import { messageOf, UserError } from "../cli/error.js";
import { Inspector } from "../inspect/module.js";
import { checkModule } from "./build.js";
import { withContents } from "./contents-section.js";
import { compileSource, type GeneratedEntry, type WasmModule, wasmModules } from "./modules.js";
import { entrySource, type FilterMode, findCodecs, generatedSources } from "./own-codecs.js";
import { withVersion } from "./version-section.js";

export interface OwnModule {
  file: string;
  bytes: number;
  imports: string[];
}

/** A module of one's own is to be small: 8 % less for a few nanoseconds a response. */
const small = { inlineUpTo: 5, options: ["--shrinkLevel", "2"] };

/**
 * Makes the filter with these codecs, and beside it the codecs alone, for `argot inspect`.
 * @param values see `findCodecs`
 * @param out where the filter goes; relative to `folder`, as are the codecs' files
 * @param root Argot's own package
 * @param modes those that the filter has
 * @throws UserError if a codec can't be found or compiled, with the author's file and line
 */
export async function buildOwn(
  values: readonly string[],
  out: string,
  folder: string,
  root: string,
  modes: readonly FilterMode[] = ["lanes"],
): Promise<{ protocols: string[]; modules: OwnModule[] }> {
  const codecs = findCodecs(values, folder, root);
  const filter = resolve(folder, out);
  const inspect = inspectorOf(filter);
  const named = values.join(", ");
  const generated = generatedSources(codecs);
  const make = (target: string, entry: string) => {
    const module = wasmModules.find((known) => known.target === target);
    if (module === undefined) throw new Error(`no target ${target}`);
    const source = entrySource(codecs, entry, entry === "index" ? modes : []);
    return compileAside(
      { ...module, ...small },
      { source, generated, named, folder, root },
      filter,
    );
  };
  const alone = await make("inspect", "inspect");
  const protocols = namesIn(alone, named);
  const wasm = withVersion(withContents(await make("argot", "index"), { protocols, modes }));

  const imports = await checkModule(wasm, { host: "envoy", file: out });
  await writeAtomically(inspect, alone);
  await writeAtomically(filter, wasm);
  return {
    protocols,
    modules: [
      { file: out, bytes: wasm.length, imports },
      { file: inspectorOf(out), bytes: alone.length, imports: [] },
    ],
  };
}

/** Where `argot inspect --wasm x.wasm` looks for the codecs alone: `x.inspect.wasm`. */
export function inspectorOf(wasm: string): string {
  const { dir, name } = parse(wasm);
  return join(dir, `${name}.inspect${extname(wasm)}`);
}

async function compileAside(
  module: WasmModule,
  source: GeneratedEntry,
  beside: string,
): Promise<Buffer> {
  const temporary = join(dirname(beside), `.${process.pid}.${module.output}`);
  try {
    await compileSource(module, source, temporary);
    return await readFile(temporary);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** The protocols that the codecs in `wasm` say they are. */
function namesIn(wasm: Buffer, named: string): string[] {
  const names = Inspector.protocolsOf(wasm);
  const wrong = names.find((name) => !/^[a-z][a-z0-9-]{0,62}$/.test(name));
  if (wrong !== undefined) {
    throw new UserError(`calls its protocol ${JSON.stringify(wrong)}`, {
      file: named,
      remedy: "Let `name` be lower-case letters, digits and hyphens, a letter first.",
    });
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return names;
  throw new UserError(`two codecs are called ${twice}`, {
    file: named,
    remedy: "Give one of them another `name`, or leave it out.",
  });
}

async function writeAtomically(file: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${file}.${process.pid}`;
  try {
    await writeFile(temporary, bytes);
    await rename(temporary, file);
  } catch (cause) {
    throw new UserError(`can't be written (${messageOf(cause)})`, {
      file,
      remedy: "Choose a place that exists and that you may write to, with --out.",
      cause,
    });
  } finally {
    await rm(temporary, { force: true });
  }
}
