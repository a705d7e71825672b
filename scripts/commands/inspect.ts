import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, Option } from "commander";
import { messageOf, UserError } from "../cli/error.js";
import { print } from "../cli/output.js";
import { inspectorOf } from "../build/own-module.js";
import { distDir } from "../cli/paths.js";
import { toProgram } from "../declared/program.js";
import { dissect } from "../inspect/dissect.js";
import { dump } from "../inspect/dump.js";
import { fromBinary, fromHex, isText, type Piece } from "../inspect/input.js";
import { Inspector } from "../inspect/module.js";
import { showError, showFrame } from "../inspect/show.js";
import { isPath, loadDescription } from "../protocol/described.js";

interface Options {
  protocol?: string;
  wasm?: string;
  from: "client" | "server";
  hex?: string;
  routeOn: string;
  bytes?: boolean;
  json?: boolean;
}

/** `argot inspect`: what do these frames say of themselves? */
export function inspectCommand(): Command {
  return new Command("inspect")
    .summary("decode frames and show their metadata")
    .description(
      "Decode frames with the very codecs of the filter, and show their metadata and the lane key.\n" +
        "The input is hex, one frame a line, or raw bytes, frames back to back.",
    )
    .argument("[file]", "where the frames are (default: standard input)")
    .option("-p, --protocol <name>", "what the frames are written in: a name or ./file.yaml")
    .option("--wasm <path>", "a module of `argot build --codec`, whose codecs are to be used")
    .addOption(
      new Option("--from <side>", "who sent the frames, for protocols whose frames don't tell")
        .choices(["client", "server"])
        .default("client"),
    )
    .option("--hex <frames>", "the frames themselves, as hex")
    .option("--route-on <keys>", "keys of the lane key, as routeOn has them", "service,method")
    .option("--bytes", "also show which bytes are what, as far as it is described")
    .option("--json", "print one JSON object a line for each frame")
    .addHelpText(
      "after",
      "\nExamples:\n" +
        "  argot inspect --protocol dubbo frames.bin\n" +
        "  argot inspect --protocol dubbo --json --route-on service,attachment.user < frames.hex\n" +
        "  argot inspect --protocol ./acme/protocol.yaml --bytes frames.hex\n" +
        "  argot inspect --protocol awesomerpc --hex 01000000020000000d00030000\n\n" +
        "Exit status: 0 every frame could be decoded, 1 one could not, 2 wrong usage.",
    )
    .action(inspect);
}

async function inspect(file: string | undefined, options: Options, command: Command) {
  if (file !== undefined && options.hex !== undefined) {
    command.error("error: give either a file or --hex, not both", { exitCode: 2 });
  }
  if (file === undefined && options.hex === undefined && process.stdin.isTTY) {
    command.error("error: give a file, --hex, or frames on standard input", { exitCode: 2 });
  }
  const routeOn = options.routeOn.split(",").filter((key) => key !== "");
  const wasm = options.wasm ? inspectorOf(options.wasm) : join(distDir, "inspect.wasm");
  const description = isPath(options.protocol) ? loadDescription(options.protocol) : undefined;
  const protocol = description
    ? JSON.stringify(toProgram(description))
    : nameOf(options.protocol, Inspector.protocolsOf(wasm), command);
  const inspector = new Inspector(wasm, { protocol, routeOn });
  let number = 0;
  for (const piece of cut(await read(file, options.hex), inspector)) {
    if (!show(piece, ++number, inspector, options)) process.exitCode = 1;
    if (options.bytes && !options.json && "bytes" in piece) {
      print(dump(piece.bytes, description && dissect(description, piece.bytes, isServer(options))));
    }
  }
}

function isServer({ from }: Options): boolean {
  return from === "server";
}

/** The name of a protocol that the module speaks. */
function nameOf(text: string | undefined, known: string[], command: Command): string {
  const [first] = known;
  if (text === undefined && known.length === 1 && first !== undefined) return first;
  if (text !== undefined && known.includes(text)) return text;
  const wrong = text === undefined ? "is missing" : `'${text}' is unknown`;
  const choices = `choose from ${known.join(", ")}, or name ./file.yaml`;
  return command.error(`error: --protocol ${wrong}; ${choices}`, { exitCode: 2 });
}

/** Shows one piece of the input; false: it is no frame. */
function show(piece: Piece, number: number, inspector: Inspector, options: Options): boolean {
  const seen =
    "error" in piece
      ? { json: JSON.stringify(piece), error: piece.error }
      : inspector.inspect(piece.bytes, isServer(options));
  const text = "error" in seen ? showError(seen.error, number) : showFrame(seen.frame, number);
  print(options.json ? seen.json : text);
  return !("error" in seen);
}

function cut(input: Buffer, inspector: Inspector): Piece[] {
  if (isText(input)) return fromHex(input.toString("latin1"));
  return fromBinary(input, (bytes) => inspector.measure(bytes));
}

async function read(file: string | undefined, hex: string | undefined): Promise<Buffer> {
  if (hex !== undefined) return Buffer.from(hex, "latin1");
  if (file === undefined) {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  }
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UserError(messageOf(error), { file, remedy: "Name a file of frames.", cause: error });
  }
}
