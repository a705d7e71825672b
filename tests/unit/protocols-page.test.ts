/** docs/protocols.md and docs/comparison.md: each test that they name is there. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { packageRoot } from "../../scripts/cli/paths.js";
import { protocols } from "../../scripts/protocol/protocols.js";

const read = (file: string): string => readFileSync(join(packageRoot, file), "utf8");

for (const [file, least] of [
  ["docs/protocols.md", 50],
  ["docs/comparison.md", 30],
] as const) {
  it(`${file} names tests that there are`, () => {
    const links = [...read(file).matchAll(/\[([^\]]+)\]\(\.\.\/(tests\/[^)]+)\)/g)];
    assert.ok(links.length > least, `there are ${links.length} links`);
    for (const [, name, test] of links) {
      const title = name!.replaceAll("\n", " ");
      assert.ok(read(test!).includes(title), `${test!} has no test "${title}"`);
    }
  });
}

it("docs/protocols.md has every protocol", () => {
  const page = read("docs/protocols.md");
  for (const name of Object.keys(protocols)) assert.ok(page.includes(`\`${name}\``), name);
});
