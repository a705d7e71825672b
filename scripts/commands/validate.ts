import { Command } from "commander";
import { UserError } from "../cli/error.js";
import { paint, print, printJson } from "../cli/output.js";
import { load } from "../protocol/load.js";
import { formatProblem, type Problem } from "../protocol/problem.js";

/** `argot validate`: are these YAML files right? */
export function validateCommand(): Command {
  return new Command("validate")
    .summary("check Argot YAML files")
    .description(
      "Check files that hold ApplicationProtocol documents or plugin configurations, and show\n" +
        "every mistake as file:line:column: field: what is wrong. what to do.",
    )
    .argument("<files...>", "YAML or JSON files")
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  argot validate envoy/examples/*.yaml\n  argot validate --json greeter.yaml\n\n" +
        "Exit status: 0 all is right, 1 something is wrong.",
    )
    .action((files: string[], options: { json?: boolean }) => {
      const results = files.map(validateFile);
      if (options.json) printJson({ ok: results.every(({ ok }) => ok), files: results });
      else for (const result of results) show(result);
      if (results.some(({ ok }) => !ok)) process.exitCode = 1;
    });
}

interface Result {
  file: string;
  ok: boolean;
  /** How many documents of which kind. */
  documents: { ApplicationProtocol: number; plugin: number };
  problems: Problem[];
}

function validateFile(file: string): Result {
  try {
    const { model, plugins, problems } = load(file);
    const documents = { ApplicationProtocol: model.length, plugin: plugins };
    return { file, ok: problems.length === 0, documents, problems };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { message, remedy = "" } = error;
    const problem = { file, line: 1, column: 1, field: "", message, remedy };
    return {
      file,
      ok: false,
      documents: { ApplicationProtocol: 0, plugin: 0 },
      problems: [problem],
    };
  }
}

function show({ file, ok, documents, problems }: Result): void {
  if (ok) {
    const { ApplicationProtocol: protocols, plugin } = documents;
    const found = [
      ...(protocols > 0 ? [`${protocols} ApplicationProtocol`] : []),
      ...(plugin > 0 ? [`${plugin} plugin configuration`] : []),
    ];
    print(`${file}: ${paint("green", "ok")} (${found.join(", ")})`);
  }
  for (const problem of problems) print(formatProblem(problem));
}
