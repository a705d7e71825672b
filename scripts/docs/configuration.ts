/** Makes docs/configuration.md out of the JSON Schemas. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { renderSchema } from "./render.js";
import type { Schema } from "./schema.js";

const introduction = `# Configuration

<!-- Written by \`npm run docs\` from scripts/schema/; changes belong there. -->

There are two documents. An \`ApplicationProtocol\` is what people write: \`argot envoy\` and
\`argot run\` make a complete Envoy configuration of it, and \`argot validate\` checks it. The plugin
configuration is what the filter reads when Envoy loads it; it is part of what \`argot envoy\` prints,
and is written by hand only where the filter is put into a configuration of one's own. A mistake in
it stops the plugin from loading, with an error that names the field.

The schemas are published with the package as \`dist/schema/*.json\`; an editor that knows JSON Schema
completes and checks the fields.
`;

const schemas = ["application-protocol.schema.json", "plugin.schema.json"];

/** The page as it is to be, formatted. */
export async function configurationPage(root: string): Promise<string> {
  const parts = await Promise.all(
    schemas.map(async (name) => {
      const text = await readFile(join(root, "scripts/schema", name), "utf8");
      return renderSchema(JSON.parse(text) as Schema);
    }),
  );
  const options = await resolveConfig(join(root, "docs/configuration.md"));
  return format([introduction, ...parts].join("\n"), { ...options, parser: "markdown" });
}
