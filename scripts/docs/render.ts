/** Renders a schema as Markdown: one section for each kind of object, one row for each field. */
import { code, resolve, type Schema, typeInWords } from "./schema.js";

interface Section {
  /** Path of the object from the top, e.g. `connection.rules[]`. */
  path: string;
  schema: Schema;
}

/** Markdown for the document that `root` describes, its title being a heading of level 2. */
export function renderSchema(root: Schema): string {
  const sections = collect({ path: "", schema: root }, root, new Set());
  return sections.map((section) => renderSection(section, root)).join("\n");
}

/** The object and all objects in it, top down; what is referred to twice is described once. */
function collect(section: Section, root: Schema, seen: Set<string>): Section[] {
  const fields = Object.entries(section.schema.properties ?? {});
  const inner = fields.flatMap(([name, field]) => {
    const path = section.path === "" ? name : `${section.path}.${name}`;
    const found = objectIn(field, path, root);
    if (found === undefined) return [];
    const key = found.reference ?? path;
    if (seen.has(key)) return [];
    seen.add(key);
    return collect(found, root, seen);
  });
  return [section, ...inner];
}

interface Found extends Section {
  reference: string | undefined;
}

/** The object that a field holds, itself or as the items of a list. */
function objectIn(field: Schema, path: string, root: Schema): Found | undefined {
  const schema = resolve(field, root);
  if (schema.properties !== undefined) return { path, schema, reference: field.$ref };
  return schema.items === undefined ? undefined : objectIn(schema.items, `${path}[]`, root);
}

function renderSection({ path, schema }: Section, root: Schema): string {
  const heading = path === "" ? `## ${schema.title ?? ""}` : `### \`${path}\``;
  const rows = Object.entries(schema.properties ?? {}).map(([name, field]) =>
    row(name, field, schema, root),
  );
  const about = schema.description === undefined ? [] : [schema.description, ""];
  const table = ["| Field | Value | Default | Meaning |", "| --- | --- | --- | --- |", ...rows];
  return [heading, "", ...about, ...table, ...choice(schema), ""].join("\n");
}

function row(name: string, field: Schema, parent: Schema, root: Schema): string {
  const own = resolve(field, root);
  const fallback = own.default === undefined ? "" : code(own.default);
  const needed = parent.required?.includes(name) ? "required" : fallback;
  const cells = [code(name), typeInWords(field, root), needed, own.description ?? ""];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

/** `oneOf` over required fields says that exactly one of them is to be there. */
function choice(schema: Schema): string[] {
  const names = (schema.oneOf ?? []).map(({ required }) => required?.[0]);
  if (names.length === 0 || names.includes(undefined)) return [];
  return ["", `Exactly one of ${names.map((name) => code(name)).join(", ")} must be there.`];
}
