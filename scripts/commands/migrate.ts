import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { messageOf, UserError } from "../cli/error.js";
import { note, printJson } from "../cli/output.js";
import { migrate, parts, type Migration } from "../migrate/migrate.js";
import { reportText } from "../migrate/report.js";
import { readFiles } from "../migrate/resources.js";
import { toYaml } from "../migrate/yaml.js";
import { isPath } from "../protocol/described.js";
import { formatProblem } from "../protocol/problem.js";

interface Options {
  out?: string;
  protocol: Record<string, string>;
  json?: boolean;
}

/** `argot migrate`: Aeraki's resources as Argot's and Istio's. */
export function migrateCommand(): Command {
  return new Command("migrate")
    .summary("make Argot's and Istio's resources of Aeraki's")
    .description(
      "Read Aeraki's ApplicationProtocol, MetaRouter and DubboAuthorizationPolicy with the\n" +
        "Services, ServiceEntries and DestinationRules that they are for, and make\n" +
        "  argot.yaml     ApplicationProtocols, for `argot manifest`\n" +
        "  routes.yaml    VirtualServices, DestinationRules, AuthorizationPolicies\n" +
        "  services.yaml  the Services, ServiceEntries and Gateways, their ports HTTP/2\n" +
        "  report.txt     what became of each field: maps, maps differently, no equivalent\n" +
        "Without -o it only reports.",
    )
    .argument("<files...>", "YAML or JSON files, also Lists as `kubectl get -o yaml` prints them")
    .option("-o, --out <dir>", "folder for what is made, or - for YAML on standard output")
    .option(
      "--protocol <name=argot>",
      "what Argot calls a protocol of Aeraki's: a name, or the file of its description",
      addProtocol,
      {},
    )
    .option("--json", "print the report, and what is made, as JSON")
    .addHelpText(
      "after",
      [
        "",
        "Examples:",
        "  argot migrate aeraki/*.yaml mesh/*.yaml",
        "  kubectl get metarouters,serviceentries,services -A -o yaml > all.yaml",
        "  argot migrate all.yaml -o migrated",
        "  argot migrate all.yaml --protocol tally=./tally.yaml -o migrated",
        "",
        "Exit status: 0 made, 1 a file is wrong and nothing was made, 2 wrong usage.",
      ].join("\n"),
    )
    .action(async (files: string[], { out, protocol, json }: Options) => {
      const folder = out === undefined || out === "-" ? "." : out;
      const migration = migrate(readFiles(files), namedFrom(folder, protocol));
      const { report, made } = migration;
      const isSound = report.problems.length === 0;
      if (!isSound) process.exitCode = 1;
      // Other commands start faster without the schemas.
      else (await import("../migrate/verify.js")).checkMade(made, folder);
      if (isSound && out !== undefined && out !== "-") writeAll(out, migration);
      if (json) {
        printJson({ ok: isSound, ...report, made: isSound ? made : undefined });
        return;
      }
      for (const problem of report.problems) note(formatProblem(problem));
      if (!isSound) return;
      if (out !== "-") return void process.stdout.write(reportText(report));
      process.stderr.write(reportText(report));
      process.stdout.write(toYaml([...made.argot, ...made.routes, ...made.services]));
    });
}

function addProtocol(text: string, all: Record<string, string>): Record<string, string> {
  const [, name, argot] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || argot === undefined) {
    throw new InvalidArgumentError("It must be NAME=ARGOT, e.g. tally=./tally.yaml.");
  }
  return { ...all, [name]: argot };
}

/** Files of descriptions, as they are named by a file in `folder`. */
function namedFrom(folder: string, protocols: Record<string, string>): Record<string, string> {
  const entries = Object.entries(protocols).map(([name, argot]): [string, string] => {
    if (!isPath(argot)) return [name, argot];
    const path = relative(folder, argot);
    return [name, path.startsWith("..") ? path : `./${path}`];
  });
  return Object.fromEntries(entries);
}

function writeAll(folder: string, { report, made }: Migration): void {
  const texts = parts
    .filter((part) => made[part].length > 0)
    .map((part): [string, string] => [`${part}.yaml`, toYaml(made[part])]);
  try {
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of [...texts, ["report.txt", reportText(report)] as const]) {
      writeFileSync(join(folder, name), text);
    }
  } catch (cause) {
    const remedy = "Choose a folder that you may write to.";
    throw new UserError(`can't be written (${messageOf(cause)})`, { file: folder, remedy, cause });
  }
  note(`${folder} is written: read report.txt, then docs/istio.md, Coming from Aeraki`);
}
