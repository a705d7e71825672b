import { Command } from "commander";
import { UserError } from "../cli/error.js";
import { paint, print, printJson } from "../cli/output.js";
import { packageRoot } from "../cli/paths.js";
import { ExitStatus } from "../cli/run.js";

import { examine, type Finding } from "../doctor/findings.js";
import { readModule } from "../package/module.js";
import { examineProxies } from "./doctor-proxy.js";

interface Options {
  wasm?: string;
  proxy?: string[];
  file?: string[];
  json?: boolean;
}

/** `argot doctor`: says what is there and what is missing. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .summary("say what is there and what is missing")
    .description("Look for what Argot works with, and say what is missing and how to get it.")
    .option("--wasm <file>", "say what this module is, and nothing else")
    .option(
      "--proxy <places...>",
      "say what is wrong with Envoys: URLs of their admin interfaces, or files: a saved\n" +
        "/config_dump?include_eds, then its /stats, /clusters?format=json and /server_info",
    )
    .option("-f, --file <files...>", "with --proxy: ApplicationProtocols that it is to have")
    .option("--json", "print the findings as JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  argot doctor\n  argot doctor --json\n  argot doctor --wasm argot.wasm\n" +
        "  argot doctor --proxy http://127.0.0.1:15000 -f greeter.yaml\n" +
        "  argot doctor --proxy dump.json stats.json\n\n" +
        "Exit status: 0 all that is needed is there, 1 something needed is missing or wrong.",
    )
    .action(async (options: Options) => {
      const { proxy, wasm } = options;
      if (proxy !== undefined) return examineProxies({ ...options, proxy });
      if (options.file !== undefined) {
        const remedy = "Name a proxy by --proxy, or check the files by `argot validate`.";
        throw new UserError("--file goes with --proxy", { remedy });
      }
      if (wasm !== undefined) {
        tellModule(wasm, options.json ?? false);
        return;
      }
      const findings = await examine(packageRoot);
      if (options.json) printJson(findings);
      else findings.forEach(printFinding);
      const lacks = findings.some(({ needed, state }) => needed && state === "missing");
      process.exitCode = lacks ? ExitStatus.failed : ExitStatus.ok;
    });
}

function tellModule(file: string, json: boolean): void {
  const { wasm, sha256, version, protocols } = readModule(file);
  if (json) {
    printJson({ file, bytes: wasm.length, sha256, version, protocols });
    return;
  }
  print(`${file}, ${wasm.length.toLocaleString("en")} bytes`);
  print(`version    ${version ?? "unknown: Argot did not build it"}`);
  print(`sha256     ${sha256}`);
  print(`protocols  ${protocols.join(", ")}`);
}

function printFinding({ name, state, needed, detail, remedy }: Finding): void {
  const missing = needed ? paint("red", "✖") : paint("yellow", "–");
  const mark = state === "ok" ? paint("green", "✔") : missing;
  print(`${mark} ${name.padEnd(22)} ${detail}`);
  if (state === "missing" && remedy !== undefined) print(`  ${" ".repeat(22)} ${remedy}`);
}
