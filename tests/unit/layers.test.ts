/** What in assembly/ may import what: dependencies point one way. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { test } from "node:test";
import { packageRoot } from "../../scripts/cli/paths.js";

/** What each folder may import, beside itself. */
const ALLOWED: Record<string, readonly string[]> = {
  bytes: [],
  json: ["bytes"],
  http2: ["bytes"],
  host: ["bytes"],
  codecs: ["bytes", "json"],
  filter: ["bytes", "json", "http2", "host", "codecs"],
};

const root = join(packageRoot, "assembly");

for (const [folder, allowed] of Object.entries(ALLOWED)) {
  test(`${folder} imports ${["itself", ...allowed].join(", ")}`, () => {
    const edges = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
      .map((entry) => join(entry.parentPath, entry.name))
      .flatMap((file) => importsOf(file).map((to) => ({ file: relative(root, file), to })));
    const wrong = edges.filter(({ to }) => to !== folder && !allowed.includes(to));
    assert.notEqual(edges.length, 0);
    assert.deepEqual(wrong, []);
  });
}

/** The folders of assembly/ that a file imports from. */
function importsOf(file: string): string[] {
  return [
    ...readFileSync(file, "utf8").matchAll(/^(?:import|export|\})(?:.* from)? "(\.[^"]*)"/gm),
  ].map(([, path = ""]) => relative(root, join(dirname(file), path)).split(sep)[0] ?? "");
}
