/** The codecs that `argot build --codec` was asked for: built-in ones, and files of the author's. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { UserError } from "../cli/error.js";
import { classNameOf, compileDescription } from "../declared/compile/codec.js";
import { loadDescription } from "../protocol/described.js";
import { list, nearest } from "../protocol/wording.js";

/** A class that extends `Codec`, and where to import it from. */
export interface CodecSource {
  /** Of a description: the codec that was compiled of it. */
  generated?: string;
  /** As the user named it. */
  named: string;
  className: string;
  /** Module specifier for the generated entry. */
  from: string;
}

/**
 * Finds the classes behind `--codec` values.
 * @param values names of built-in protocols, or paths of files that lie in or around `folder`:
 *   codecs, or descriptions of protocols
 * @param root Argot's own package
 * @throws UserError if there is no such protocol or file, or no codec in it
 */
export function findCodecs(
  values: readonly string[],
  folder: string,
  root: string,
): readonly CodecSource[] {
  const builtIn = builtInNames(root);
  return values.flatMap((named) => {
    if (builtIn.includes(named)) {
      const file = join(root, "assembly/codecs", named, "codec.ts");
      return classesIn(file, named).map((className) => {
        return { named, className, from: `argot/codecs/${named}/codec` };
      });
    }
    const file = join(folder, named);
    if (!existsSync(file)) throw noSuchCodec(named, builtIn);
    if (/\.(ya?ml|json)$/.test(named)) {
      const description = loadDescription(file);
      const className = classNameOf(description);
      const generated = compileDescription(description, named);
      return [{ named, className, from: `./${GENERATED}-${description.name}`, generated }];
    }
    const path = relative(folder, file).replaceAll("\\", "/").replace(/\.ts$/, "");
    const from = path.startsWith(".") ? path : `./${path}`;
    return classesIn(file, named).map((className) => ({ named, className, from }));
  });
}

/** What files of generated codecs are called, which are on no disk. */
const GENERATED = "argot-generated";

/** The protocols whose codecs come with Argot: each has a folder of its name. */
export function builtInNames(root: string): string[] {
  const folder = join(root, "assembly/codecs");
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, "codec.ts")))
    .map(({ name }) => name)
    .sort();
}

/** What the filter does with connections: see `mode` in docs/configuration.md. */
export type FilterMode = "lanes" | "connection";

const modeClasses = { lanes: "LanesMode", connection: "ConnectionMode" } as const;

/**
 * The source of a module with these codecs.
 * @param module what it is for: `index` the filter, `inspect` the codecs alone
 * @param modes those of a filter
 */
export function entrySource(
  codecs: readonly CodecSource[],
  module: string,
  modes: readonly FilterMode[] = [],
): string {
  return [
    `import "argot/${module}";`, // first: it unpacks the data
    ...codecs.map(
      ({ className, from }, i) => `import { ${className} as Codec${i} } from "${from}";`,
    ),
    'import { addCodec } from "argot/codecs/registry";',
    ...(modes.length > 0 ? ['import { addMode } from "argot/filter/mode";'] : []),
    ...modes.map((mode) => `import { ${modeClasses[mode]} } from "argot/filter/${mode}/mode";`),
    `export * from "argot/${module}";`,
    ...codecs.map((_, i) => `addCodec(new Codec${i}());`),
    ...modes.map((mode) => `addMode(() => new ${modeClasses[mode]}());`),
    "",
  ].join("\n");
}

/** The sources that were made of descriptions, by the names of the files that they would be. */
export function generatedSources(codecs: readonly CodecSource[]): Map<string, string> {
  return new Map(
    codecs.flatMap(({ from, generated }) =>
      generated === undefined ? [] : [[`${from.slice(2)}.ts`, generated] as const],
    ),
  );
}

const EXPORTED = /^export\s+class\s+(\w+)\s+extends\s+\w*Codec\b/gm;

function classesIn(file: string, named: string): string[] {
  const source = readFileSync(file, "utf8").replace(/\/\*[^]*?\*\/|\/\/.*/g, "");
  const names = [...source.matchAll(EXPORTED)].map((match) => match[1] ?? "");
  if (names.length > 0) return names;
  throw new UserError("exports no codec", {
    file: named,
    remedy: 'Write `export class MyCodec extends Codec { … }`, with Codec from "argot/codec".',
  });
}

function noSuchCodec(named: string, builtIn: readonly string[]): UserError {
  const near = nearest(named, [...builtIn]);
  return new UserError("is neither a file nor a protocol of Argot's", {
    file: named,
    remedy:
      near === undefined
        ? `Name a file of AssemblyScript, a description, or one of ${list([...builtIn])}.`
        : `Did you mean \`${near}\`?`,
  });
}
