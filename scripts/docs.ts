/**
 * `npm run docs`: writes docs/configuration.md from the schemas. With `--check` it only says
 * whether the file is current.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { note, print } from "./cli/output.js";
import { packageRoot } from "./cli/paths.js";
import { configurationPage } from "./docs/configuration.js";

const file = join(packageRoot, "docs/configuration.md");
const page = await configurationPage(packageRoot);
const before = await readFile(file, "utf8").catch(() => "");

if (before === page) {
  print("docs/configuration.md is current");
} else if (process.argv.includes("--check")) {
  note("docs/configuration.md is not current: run `npm run docs`");
  process.exitCode = 1;
} else {
  await writeFile(file, page);
  print("docs/configuration.md written");
}
