import { Command, Option } from "commander";
import { buildAll, type Built } from "../build/build.js";
import { type FilterMode, findCodecs } from "../build/own-codecs.js";
import { buildOwn } from "../build/own-module.js";
import { note, paint, print, printJson } from "../cli/output.js";
import { packageRoot } from "../cli/paths.js";

interface Options {
  codec?: string[];
  out: string;
  mode: FilterMode | "both";
  emit?: boolean;
  force?: boolean;
  quiet?: boolean;
  json?: boolean;
}

/** `argot build`: makes dist/ from the sources, or a module with codecs of one's own. */
export function buildCommand(): Command {
  return new Command("build")
    .summary("build a module with your codec, or all of dist/")
    .description(
      "With --codec: build a filter that speaks these protocols and no others, and beside it the\n" +
        "codecs alone, for `argot inspect --wasm`.\n" +
        "Without, in a clone of Argot's repository: build dist/ from the sources, i.e. argot.wasm\n" +
        "(the filter), argot.debug.wasm (unoptimised, with names and assertions), inspect.wasm (the\n" +
        "codecs alone), argot.mjs (this program) and the schemas. What is current is not built again.",
    )
    .argument("[files...]", "files of dist/ to build (default: all)")
    .option(
      "-c, --codec <codec>",
      "a file with a codec or a description, or a protocol of Argot's own, of dubbo also with the\n" +
        "serializations that it is to read (dubbo:hessian2,fastjson2); may be given several times",
      (value: string, before: string[] | undefined) => [...(before ?? []), value],
    )
    .option("-o, --out <file>", "where the module with --codec goes", "argot.wasm")
    .addOption(
      new Option("-m, --mode <mode>", "the mode that the module with --codec has")
        .choices(["lanes", "connection", "both"])
        .default("lanes"),
    )
    .option("--emit", "print the source that is made of descriptions, and build nothing")
    .option("-f, --force", "build everything anew")
    .option("-q, --quiet", "print errors only")
    .option("--json", "print the files as JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  argot build --codec ./tally.ts --out tally.wasm\n" +
        "  argot build --codec ./tally.ts --codec dubbo --out two.wasm\n" +
        "  argot build --codec dubbo --mode both --out dubbo.wasm\n" +
        "  argot build --codec dubbo:hessian2 --out small.wasm\n" +
        "  argot build inspect.wasm\n\nExit status: 0 built, 1 failed.",
    )
    .action(async (only: string[], options: Options, command: Command) => {
      if (options.codec === undefined) {
        await buildDist(only, options);
        return;
      }
      if (only.length > 0) command.error("error: give either files of dist/ or --codec, not both");
      if (options.emit) emitSources(options.codec);
      else await buildModule(options.codec, options);
    });
}

function emitSources(codecs: string[]): void {
  for (const { generated } of findCodecs(codecs, process.cwd(), packageRoot)) {
    if (generated !== undefined) print(generated);
  }
}

async function buildDist(only: string[], { force, json, quiet }: Options): Promise<void> {
  const built = await buildAll(packageRoot, {
    only,
    ...(force !== undefined && { force }),
    ...(!json && !quiet && { onBuilt: printBuilt }),
  });
  if (json) printJson(built);
}

async function buildModule(codecs: string[], { out, mode, json, quiet }: Options): Promise<void> {
  const modes: FilterMode[] = mode === "both" ? ["lanes", "connection"] : [mode];
  const { protocols, modules } = await buildOwn(codecs, out, process.cwd(), packageRoot, modes);
  const built: Built[] = modules.map((module) => ({ ...module, built: true }));
  if (json) printJson({ protocols, modules: built });
  if (json || quiet) return;
  built.forEach(printBuilt);
  note(`They speak ${protocols.join(", ")}. Name the first to Envoy, or to argot run, by --wasm.`);
}

function printBuilt({ file, bytes, imports, built }: Built): void {
  const state = built ? paint("green", "built") : paint("dim", "current");
  print(`${file.padEnd(22)} ${bytes.toLocaleString("en").padStart(9)} bytes  ${state}`);
  if (built && imports?.length) note(`  imports ${imports.join(", ")}`);
}
