import { Command, Option } from "commander";
import { UserError } from "../cli/error.js";
import { writeText } from "../cli/file.js";
import { note, print } from "../cli/output.js";
import { manifestOf, type Manifest } from "../istio/manifest.js";
import {
  defaultIstioVersion,
  istioVersions,
  type IstioVersion,
} from "../istio/schemas/versions.js";
import { plain, toYaml } from "../protocol/emit/notes.js";
import { loadAll, ProblemsError, type All } from "../protocol/load.js";
import type { Image, Phase } from "../protocol/model.js";
import { fieldOf, formatProblem, type Problem } from "../protocol/problem.js";
import { useModule } from "./options.js";

interface Options {
  file: string[];
  out?: string;
  image?: string;
  sha256?: string;
  phase?: Phase;
  istio: IstioVersion;
  trafficExtension?: boolean;
  wasm?: string;
  json?: boolean;
}

/** `argot manifest`: an ApplicationProtocol as resources of an unmodified Istio. */
export function manifestCommand(): Command {
  return new Command("manifest")
    .summary("make Istio's resources of an ApplicationProtocol")
    .description(
      "Make all that an unmodified Istio needs: WasmPlugin, EnvoyFilters, ServiceEntries.\n" +
        "VirtualServices, DestinationRules and Services in the files are read, too: what is\n" +
        "made fits them. The same files give the same text.",
    )
    .requiredOption("-f, --file <files...>", "the ApplicationProtocol, and what goes with it")
    .option("-o, --out <file>", "where to write (default: standard output)")
    .option("--image <url>", "where sidecars get the module from, instead of `spec.image.url`")
    .option("--sha256 <digest>", "its checksum, with --image")
    .addOption(
      new Option("--phase <phase>", "of a rollout on a live service (docs/rollout.md)").choices([
        "prepare",
        "switch",
        "clean",
      ]),
    )
    .addOption(
      new Option("--istio <version>", "the version of Istio that it is for")
        .choices(istioVersions)
        .default(defaultIstioVersion),
    )
    .option("--traffic-extension", "TrafficExtension instead of WasmPlugin (Istio 1.31)")
    .option("--wasm <path>", "a module of `argot build --codec`: its protocols may be named")
    .option("--json", "make a JSON List instead of YAML")
    .addHelpText(
      "after",
      [
        "",
        "Examples:",
        "  argot manifest -f greeter.yaml routes.yaml | kubectl apply -f -",
        "  argot manifest -f greeter.yaml --phase prepare -o prepare.yaml",
        "",
        "Exit status: 0 made, 1 a file is wrong, 2 wrong usage.",
      ].join("\n"),
    )
    .action(async (options: Options) => {
      useModule(options.wasm);
      const loaded = loadProtocols(options.file);
      const { model, documents } = loaded;
      const warnings = await checkUsers(loaded);
      const manifest = manifestOf(model, documents, manifestOptions(options));
      if (manifest.problems.length > 0) throw new ProblemsError(manifest.problems);
      await checkMade(manifest, options.istio);
      const text = options.json ? toJson(manifest) : toText(manifest, options);
      for (const warning of warnings) note(formatProblem(warning));
      for (const line of manifest.notes) note(`note: ${line}`);
      if (options.out === undefined) {
        print(text.trimEnd());
        return;
      }
      writeText(options.out, text);
    });
}

function manifestOptions({ image: url, sha256, phase, istio, trafficExtension }: Options) {
  const image: Image | undefined =
    url === undefined ? undefined : { url, ...(sha256 !== undefined && { sha256 }) };
  return {
    istio,
    ...(image !== undefined && { image }),
    ...(phase !== undefined && { phase }),
    ...(trafficExtension !== undefined && { trafficExtension }),
  };
}

/** @throws ProblemsError with every mistake in all of them */
function loadProtocols(files: readonly string[]): All {
  const all = loadAll(files);
  if (all.model.length === 0) {
    throw new UserError("there is no ApplicationProtocol", {
      file: files.join(", "),
      remedy: "Name a file that has one by -f.",
    });
  }
  return all;
}

/**
 * Whether the user's routes can do on lanes what they say; what has no effect is returned. Services
 * are left out: their ports are what this command switches.
 * @throws ProblemsError with what can't work
 */
async function checkUsers({ placed, documents }: All): Promise<Problem[]> {
  const { checkRoutes } = await import("../istio/checks/check.js");
  const problems = checkRoutes(placed, documents)
    .filter(({ document }) => (document.value as { kind?: unknown }).kind !== "Service")
    .map(({ document, finding, severity }) => ({ severity, ...document.place(finding) }));
  const errors = problems.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new ProblemsError(errors);
  return problems;
}

/**
 * Holds what was made against what that version of Istio understands.
 * @throws UserError if it would be refused
 */
async function checkMade({ resources }: Manifest, version: IstioVersion): Promise<void> {
  const { checkResource } = await import("../istio/schemas/check.js");
  for (const resource of resources) {
    const [found] = checkResource(plain(resource) as object, version);
    if (found === undefined) continue;
    const { kind, metadata } = resource;
    throw new UserError(
      `Istio ${version} would refuse ${kind} ${metadata.name}: ${found.message}`,
      {
        field: fieldOf(found.path),
        remedy: found.remedy,
      },
    );
  }
}

function toText({ resources }: Manifest, { file, phase }: Options): string {
  const command = ["argot manifest", ...(phase === undefined ? [] : [`--phase ${phase}`])];
  const title = `Made by \`${command.join(" ")} -f ${file.join(" ")}\`: change those files and make it again.`;
  return resources.map((resource, i) => toYaml(i === 0 ? title : "", resource)).join("---\n");
}

function toJson({ resources }: Manifest): string {
  const list = { apiVersion: "v1", kind: "List", items: resources.map(plain) };
  return `${JSON.stringify(list, null, 2)}\n`;
}
