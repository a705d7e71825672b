import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { messageOf, UserError } from "../cli/error.js";
import { note, print } from "../cli/output.js";
import { packageRoot } from "../cli/paths.js";

/** What the templates call the protocol. */
const PLACEHOLDER = /acme/g;

/** `argot new`: starts a description of a protocol. */
export function newCommand(): Command {
  return new Command("new")
    .summary("start a description of your protocol")
    .description(
      "Make a folder with a description of a small protocol, commented, that works as it is:\n" +
        "protocol.yaml, samples of its frames, routes to try it with, and a server and a client.\n" +
        "Change it step by step to what your protocol is.",
    )
    .argument("<name>", "the protocol's name, and the folder's")
    .addHelpText(
      "after",
      "\nExamples:\n  argot new acme\n\nExit status: 0 made, 1 it could not be.",
    )
    .action(start);
}

function start(name: string): void {
  if (!/^[a-z][a-z0-9-]{0,48}[a-z0-9]$/.test(name)) {
    throw new UserError(`${name} is no name of a protocol`, {
      remedy: "Take lower-case letters, digits and dashes, a letter first, e.g. `acme`.",
    });
  }
  if (existsSync(name)) {
    throw new UserError("is there already", {
      file: name,
      remedy: "Choose another name, or remove it: nothing is overwritten.",
    });
  }
  const templates = join(packageRoot, "templates/protocol");
  try {
    mkdirSync(name);
    for (const file of readdirSync(templates)) {
      const text = readFileSync(join(templates, file), "utf8");
      writeFileSync(join(name, file), text.replaceAll(PLACEHOLDER, name));
      print(join(name, file));
    }
  } catch (cause) {
    const remedy = "Choose a place that you may write to.";
    throw new UserError(`can't be made (${messageOf(cause)})`, { file: name, remedy, cause });
  }
  note(`Next: argot test ${name}, then change ${name}/protocol.yaml; docs/your-protocol.md`);
  note("goes through it, from a hex dump to routed calls.");
}
