import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { packageRoot } from "../../scripts/cli/paths.js";
import { configurationPage } from "../../scripts/docs/configuration.js";
import { renderSchema } from "../../scripts/docs/render.js";

describe("docs/configuration.md", () => {
  it("is what the schemas say (else run `npm run docs`)", async () => {
    const written = await readFile(join(packageRoot, "docs/configuration.md"), "utf8");
    assert.equal(written, await configurationPage(packageRoot));
  });

  it("names every field of the schemas", async () => {
    const page = await configurationPage(packageRoot);
    for (const name of ["plugin", "application-protocol"]) {
      const file = join(packageRoot, `scripts/schema/${name}.schema.json`);
      const fields = fieldsOf(JSON.parse(await readFile(file, "utf8")));
      assert.ok(fields.length > 10);
      for (const field of fields) assert.ok(page.includes(`\`${field}\``), field);
    }
  });
});

describe("a rendered schema", () => {
  it("tells types, limits, defaults, references and choices", () => {
    const text = renderSchema({
      title: "Thing",
      properties: {
        n: { type: "integer", minimum: 1, maximum: 2000, default: 7, description: "a | b" },
        list: { type: "array", maxItems: 3, items: { $ref: "#/definitions/part" } },
      },
      required: ["list"],
      definitions: {
        part: {
          type: "object",
          properties: { x: { enum: ["p", "q"] }, y: { type: "boolean" } },
          oneOf: [{ required: ["x"] }, { required: ["y"] }],
        },
      },
    });
    assert.match(text, /^## Thing$/m);
    assert.match(text, /\| `n` \| integer \(1 to 2,000\) \| `7` \| a \\\| b \|/);
    assert.match(text, /\| `list` \| list \(at most 3\) of object \| required \|/);
    assert.match(text, /^### `list\[\]`$/m);
    assert.match(text, /\| `x` \| `p` or `q` \|/);
    assert.match(text, /Exactly one of `x`, `y` must be there\./);
  });
});

/** All names of properties anywhere in a schema. */
function fieldsOf(schema: unknown): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) => [
    ...(key === "properties" ? Object.keys(value as object) : []),
    ...fieldsOf(value),
  ]);
}
