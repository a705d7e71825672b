/** The program `argot`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { packageRoot } from "./cli/paths.js";
import { runCommand } from "./cli/run.js";
import { buildCommand } from "./commands/build.js";
import { doctorCommand } from "./commands/doctor.js";
import { envoyCommand } from "./commands/envoy.js";
import { runCommand as envoyRunCommand } from "./commands/run.js";
import { inspectCommand } from "./commands/inspect.js";
import { manifestCommand } from "./commands/manifest.js";
import { migrateCommand } from "./commands/migrate.js";
import { newCommand } from "./commands/new.js";
import { packageCommand } from "./commands/package.js";
import { testCommand } from "./commands/test.js";
import { validateCommand } from "./commands/validate.js";

const { version } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as {
  version: string;
};

const program = new Command("argot")
  .description("Teaches an unmodified Envoy private layer-7 protocols.")
  .version(version, "-V, --version")
  .configureHelp({ sortSubcommands: false })
  .addHelpText(
    "after",
    [
      "",
      "Examples:",
      "  argot doctor                                    what is there, what is missing",
      "  argot run -f envoy/examples/greeter.yaml        put an Envoy in front of a service",
      "  argot inspect --protocol dubbo frames.bin       see what is in recorded frames",
      "",
      "Exit status: 0 done, 1 the input is wrong or something failed, 2 wrong usage.",
      "ARGOT_ENVOY names the Envoy to use, ARGOT_DEBUG=1 shows stack traces, NO_COLOR=1 no colours.",
    ].join("\n"),
  )
  .addCommand(envoyRunCommand())
  .addCommand(envoyCommand())
  .addCommand(manifestCommand())
  .addCommand(inspectCommand())
  .addCommand(newCommand())
  .addCommand(testCommand())
  .addCommand(validateCommand())
  .addCommand(migrateCommand())
  .addCommand(doctorCommand())
  .addCommand(buildCommand())
  .addCommand(packageCommand());

await runCommand(program);
