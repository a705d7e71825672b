import { existsSync, statSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { Command } from "commander";
import { inspectorOf } from "../build/own-module.js";
import { UserError } from "../cli/error.js";
import { paint, print, printJson } from "../cli/output.js";
import { distDir } from "../cli/paths.js";
import type { Description } from "../declared/model.js";
import { toProgram } from "../declared/program.js";
import { dissect } from "../inspect/dissect.js";
import { dump } from "../inspect/dump.js";
import { Inspector } from "../inspect/module.js";
import { loadDescription } from "../protocol/described.js";
import { check, type Difference } from "../samples/check.js";
import { hints } from "../samples/hints.js";
import { loadSamples, type Sample } from "../samples/samples.js";

interface Options {
  samples?: string;
  wasm?: string;
  json?: boolean;
}

/** `argot test`: does a codec find in recorded frames what their author knows of them? */
export function testCommand(): Command {
  return new Command("test")
    .summary("hold a protocol against samples of its frames")
    .description(
      "Decode samples, which are frames in hex with what is expected of each, and show where what\n" +
        "is found differs, with hints for the usual mistakes.\n" +
        "PROTOCOL is a description (its samples are samples.yaml beside it, unless --samples says\n" +
        "otherwise), a folder with protocol.yaml and samples.yaml, or a protocol's name.",
    )
    .argument("<protocol>", "a folder, a .yaml file or a name")
    .option("-s, --samples <file>", "the samples")
    .option("--wasm <path>", "a module of `argot build --codec`, whose codecs are to be used")
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  argot test ./acme\n  argot test ./acme/protocol.yaml --samples more.yaml\n" +
        "  argot test tally --wasm tally.wasm --samples samples.yaml\n\n" +
        "Exit status: 0 all is found as expected, 1 something is not, 2 wrong usage.",
    )
    .action(test);
}

function test(target: string, options: Options): void {
  const file = options.wasm === undefined ? descriptionIn(target) : undefined;
  const description = file === undefined ? undefined : loadDescription(file);
  const beside = file === undefined ? undefined : join(dirname(file), "samples.yaml");
  const samplesFile = options.samples ?? beside;
  if (samplesFile === undefined) {
    throw new UserError(`Where are the samples of ${target}?`, {
      remedy: "Name them by --samples; samples.yaml beside a description is found by itself.",
    });
  }
  const samples = loadSamples(samplesFile);
  const wasm = options.wasm ? inspectorOf(options.wasm) : join(distDir, "inspect.wasm");
  const protocol = description ? JSON.stringify(toProgram(description)) : target;
  const inspector = new Inspector(wasm, { protocol });
  const results = samples.map((sample) => ({ sample, differences: check(sample, inspector) }));
  const bad = results.filter(({ differences }) => differences.length > 0).length;
  if (bad > 0) process.exitCode = 1;
  if (options.json) {
    printJson(results.map(({ sample, differences }) => ({ title: sample.title, differences })));
    return;
  }
  for (const { sample, differences } of results) {
    show(sample, differences, samples, description);
  }
  print(`${samples.length - bad} of ${samples.length} samples are as expected`);
}

/** The file of the description that the user means; undefined: a name. */
function descriptionIn(target: string): string | undefined {
  const isFile = [".yaml", ".yml", ".json"].includes(extname(target));
  if (isFile) return target;
  if (!existsSync(target) || !statSync(target).isDirectory()) return undefined;
  return join(target, "protocol.yaml");
}

function show(
  sample: Sample,
  differences: readonly Difference[],
  all: readonly Sample[],
  description: Description | undefined,
): void {
  if (differences.length === 0) {
    print(`${paint("green", "✔")} ${sample.title}`);
    return;
  }
  print(`${paint("red", "✖")} ${sample.title}`);
  for (const { field, expected, found } of differences) {
    const what = field === "" ? "" : `${paint("bold", field)}: `;
    print(`    ${what}expected ${expected}, but found ${found}`);
  }
  const { bytes, fromServer } = sample;
  print(dump(bytes, description && dissect(description, bytes, fromServer)));
  if (description === undefined) return;
  for (const hint of hints(description, sample, differences, all)) print(`    → ${hint}`);
}
