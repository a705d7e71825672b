/** Every file of tests/unit/bad is wrong, and says in `# expect:` lines what is to be said of it. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { packageRoot } from "../../../scripts/cli/paths.js";
import { load } from "../../../scripts/protocol/load.js";
import { formatProblem } from "../../../scripts/protocol/problem.js";

const folder = join(packageRoot, "tests/unit/bad");

describe("argot validate finds what is wrong in", () => {
  for (const name of readdirSync(folder).sort()) {
    it(name, () => {
      const file = join(folder, name);
      const expected = Array.from(
        readFileSync(file, "utf8").matchAll(/^# expect: (.*)$/gm),
        ([, text]) => `${file}:${text}`,
      );
      assert.ok(expected.length > 0, "the file says what it expects");
      assert.deepEqual(load(file).problems.map(formatProblem), expected);
    });
  }
});
