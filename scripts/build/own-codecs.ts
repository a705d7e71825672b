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
  /** Of a codec that was asked for in part: a source of Argot's own that is to be this one instead. */
  instead?: { file: string; source: string };
  /** As the user named it. */
  named: string;
  className: string;
  /** Module specifier for the generated entry. */
  from: string;
}

/**
 * Finds the classes behind `--codec` values.
 * @param values names of built-in protocols (of Dubbo also with the serializations that it is to
 *   have, `dubbo:hessian2,fastjson2`), or paths of files that lie in or around `folder`: codecs, or
 *   descriptions of protocols
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
    const [protocol = "", parts] = named.split(":");
    if (builtIn.includes(protocol)) {
      const instead = parts === undefined ? undefined : bodiesOf(protocol, parts, named, root);
      const file = join(root, "assembly/codecs", protocol, "codec.ts");
      return classesIn(file, named).map((className) => {
        return {
          named,
          className,
          from: `argot/codecs/${protocol}/codec`,
          ...(instead && { instead }),
        };
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

/** The list of serializations of `protocol`, shortened to `parts`. */
function bodiesOf(protocol: string, parts: string, named: string, root: string) {
  const file = `codecs/${protocol}/bodies.ts`;
  const path = join(root, "assembly", file);
  const source = existsSync(path) ? readFileSync(path, "utf8") : "";
  const known = [...source.matchAll(/^import "\.\/(\w+)\/body";$/gm)].map(
    (match) => match[1] ?? "",
  );
  const chosen = parts.split(",");
  const unknown = chosen.find((part) => !known.includes(part));
  if (unknown !== undefined) {
    throw new UserError(`has no serialization ${JSON.stringify(unknown)}`, {
      file: named,
      remedy:
        known.length === 0
          ? `Name ${protocol} alone: it has no serializations of which some can be left out.`
          : `Choose from ${list(known)}.`,
    });
  }
  return { file, source: chosen.map((part) => `import "./${part}/body";\n`).join("") };
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

/**
 * The sources that are in no file, by the names of the files that they would be; those that stand
 * for a file of Argot's by `argot/` and its name in assembly/.
 */
export function generatedSources(codecs: readonly CodecSource[]): Map<string, string> {
  return new Map(
    codecs.flatMap(({ from, generated, instead }) => [
      ...(generated === undefined ? [] : [[`${from.slice(2)}.ts`, generated] as const]),
      ...(instead === undefined ? [] : [[`argot/${instead.file}`, instead.source] as const]),
    ]),
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
