import { existsSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import { Command } from "commander";
import { writeText } from "../cli/file.js";
import { note } from "../cli/output.js";
import { distDir } from "../cli/paths.js";
import { envoyJson, envoyYaml } from "../protocol/emit/bootstrap.js";
import { loadForEnvoy } from "../protocol/load.js";
import { hasCodec } from "../protocol/protocols.js";
import { parsePort, useModule } from "./options.js";

interface Options {
  file: string;
  out?: string;
  wasm?: string;
  adminPort: number;
  portOffset: number;
  json?: boolean;
}

/** `argot envoy`: an ApplicationProtocol as an envoy.yaml. */
export function envoyCommand(): Command {
  return new Command("envoy")
    .summary("make an envoy.yaml of an ApplicationProtocol")
    .description(
      "Make a complete, commented envoy.yaml of the ApplicationProtocol documents in\n" +
        "a file. The same file gives the same text.",
    )
    .requiredOption("-f, --file <file>", "the ApplicationProtocol")
    .option("-o, --out <file>", "where to write (default: standard output)")
    .option(
      "--wasm <path>",
      "argot.wasm, as Envoy shall open it (default: the one of this program)",
    )
    .option("--admin-port <port>", "port of Envoy's admin interface", parsePort, 9901)
    .option("--port-offset <n>", "added to the port of every service", parsePort, 0)
    .option("--json", "make JSON, without comments, instead of YAML")
    .addHelpText(
      "after",
      [
        "",
        "Examples:",
        "  argot envoy -f envoy/examples/greeter.yaml > envoy.yaml && envoy -c envoy.yaml",
        "  argot envoy -f envoy/examples/greeter.yaml --wasm /etc/envoy/argot.wasm -o envoy.yaml",
        "",
        "Exit status: 0 made, 1 the file is wrong, 2 wrong usage.",
      ].join("\n"),
    )
    .action((options: Options) => {
      const { file, out, json, adminPort, portOffset } = options;
      const wasm = options.wasm ?? shortest(join(distDir, "argot.wasm"));
      // As Envoy shall open it: that need not be a path of this machine.
      if (options.wasm !== undefined && existsSync(options.wasm)) useModule(options.wasm);
      const make = json ? envoyJson : envoyYaml;
      const model = loadForEnvoy(file);
      const text = make(model, { wasm, adminPort, source: file, portOffset });
      const isNeeded = model.some(({ protocol }) => hasCodec(protocol));
      if (isNeeded && options.wasm === undefined && !existsSync(wasm)) {
        note(`${wasm} is not there yet: run \`npm run build\` before Envoy`);
      }
      if (out === undefined) return void process.stdout.write(text);
      writeText(out, text);
      note(`${out} is written; run it with \`envoy -c ${out}\``);
    });
}

/** Relative to the current folder if the path lies in it: such files can be moved about. */
function shortest(path: string): string {
  const inside = relative(process.cwd(), path);
  return inside.startsWith("..") || isAbsolute(inside) ? path : inside;
}
