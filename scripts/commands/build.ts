import { Command } from "commander";
import { buildAll, type Built } from "../build/build.js";
import { note, paint, print, printJson } from "../cli/output.js";
import { packageRoot } from "../cli/paths.js";

/** `argot build`: makes dist/ from the sources. */
export function buildCommand(): Command {
  return new Command("build")
    .summary("build the Wasm modules and the CLI")
    .description(
      "Build dist/ from the sources: argot.wasm (the filter), argot.debug.wasm (unoptimised, with\n" +
        "names and assertions), inspect.wasm (the codecs alone), argot.mjs (this program) and the\n" +
        "schemas. What is current is not built again.",
    )
    .argument("[files...]", "files of dist/ to build (default: all)")
    .option("-f, --force", "build everything anew")
    .option("-q, --quiet", "print errors only")
    .option("--json", "print the files as JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  argot build\n  argot build inspect.wasm\n  argot build --force --json\n\nExit status: 0 built, 1 failed.",
    )
    .action(
      async (only: string[], options: { force?: boolean; quiet?: boolean; json?: boolean }) => {
        const built = await buildAll(packageRoot, {
          only,
          ...(options.force !== undefined && { force: options.force }),
          ...(!options.json && !options.quiet && { onBuilt: printBuilt }),
        });
        if (options.json) printJson(built);
      },
    );
}

function printBuilt({ file, bytes, imports, built }: Built): void {
  const state = built ? paint("green", "built") : paint("dim", "current");
  print(`${file.padEnd(22)} ${bytes.toLocaleString("en").padStart(9)} bytes  ${state}`);
  if (built && imports?.length) note(`  imports ${imports.join(", ")}`);
}
