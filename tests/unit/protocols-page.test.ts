/** docs/protocols.md: each test that it names is there. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { packageRoot } from "../../scripts/cli/paths.js";
import { protocols } from "../../scripts/protocol/protocols.js";

const page = readFileSync(join(packageRoot, "docs/protocols.md"), "utf8");

it("docs/protocols.md names tests that there are, and every protocol", () => {
  const links = [...page.matchAll(/\[([^\]]+)\]\(\.\.\/(tests\/[^)]+)\)/g)];
  assert.ok(links.length > 50, `there are ${links.length} links`);
  for (const [, name, file] of links) {
    const text = readFileSync(join(packageRoot, file!), "utf8");
    assert.ok(text.includes(name!.replaceAll("\n", " ")), `${file!} has no test "${name!}"`);
  }
  for (const name of Object.keys(protocols)) assert.ok(page.includes(`\`${name}\``), name);
});
