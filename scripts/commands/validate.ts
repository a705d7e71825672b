import { Command, Option } from "commander";
import { paint, print, printJson } from "../cli/output.js";
import {
  defaultIstioVersion,
  istioVersions,
  type IstioVersion,
} from "../istio/schemas/versions.js";
import type { Result } from "../istio/validate.js";
import type { Kind } from "../protocol/load.js";
import { formatProblem } from "../protocol/problem.js";
import { useModule } from "./options.js";

/** `argot validate`: are these YAML files right? */
export function validateCommand(): Command {
  return new Command("validate")
    .summary("check Argot YAML files")
    .description(
      "Check ApplicationProtocol and Protocol documents, plugin configurations and the\n" +
        "pluginConfig of Istio's WasmPlugin, and show every mistake as\n" +
        "  file:line:column: field: what is wrong. What to do.\n" +
        "Istio's resources, Services and Namespaces are held against what one version of Istio\n" +
        "understands, EnvoyFilters also against Envoy's messages; unknown fields are refused.\n" +
        "Routes, policies and services that concern an ApplicationProtocol of any of the files have\n" +
        "to work on its lanes; what has no effect there is a warning.\n" +
        "Other resources may stand in the files, unchecked.",
    )
    .argument("<files...>", "YAML or JSON files")
    .option("--wasm <path>", "a module of `argot build --codec`: its protocols may be named")
    .addOption(
      new Option("--istio <version>", "the version of Istio that the resources are for")
        .choices(istioVersions)
        .default(defaultIstioVersion),
    )
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      [
        "",
        "Examples:",
        "  argot validate envoy/examples/*.yaml istio/*.yaml",
        "  argot validate --istio 1.26 mesh/*.yaml",
        "  argot validate --json greeter.yaml",
        "",
        "Exit status: 0 all is right or there are warnings only, 1 something is wrong, 2 wrong usage.",
      ].join("\n"),
    )
    .action(async (files: string[], options: Options) => {
      useModule(options.wasm);
      // Other commands start faster without it.
      const { validateFiles } = await import("../istio/validate.js");
      const results = validateFiles(files, options.istio);
      if (options.json) printJson(toJson(results));
      else for (const result of results) show(result);
      if (results.some(({ ok }) => !ok)) process.exitCode = 1;
    });
}

interface Options {
  istio: IstioVersion;
  json?: boolean;
  wasm?: string;
}

/** What the kinds are called. */
const names: Record<Kind, string> = {
  ApplicationProtocol: "ApplicationProtocol",
  Protocol: "Protocol",
  plugin: "plugin configuration",
  WasmPlugin: "WasmPlugin",
  resource: "of Istio or Kubernetes",
  other: "not Argot's, not checked",
};

function toJson(results: Result[]): object {
  const files = results.map(({ problems, ...result }) => ({
    ...result,
    problems: problems.map((problem) => ({ severity: "error", ...problem })),
  }));
  return { ok: results.every(({ ok }) => ok), files };
}

function show({ file, ok, documents, problems }: Result): void {
  if (ok) {
    const found = (Object.keys(names) as Kind[])
      .filter((kind) => documents[kind] > 0)
      .map((kind) => `${documents[kind]} ${names[kind]}`);
    const isOurs = found.length > 1 || documents.other === 0;
    const verdict = isOurs ? paint("green", "ok") : paint("yellow", "nothing to check");
    print(`${file}: ${verdict} (${found.join("; ")})`);
  }
  for (const problem of problems) {
    const line = formatProblem(problem);
    print(problem.severity === "warning" ? paint("yellow", line) : line);
  }
}
