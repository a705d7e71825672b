/**
 * Holds a resource against its schema. Ajv takes 50 to 100 ms to compile the schema of one kind,
 * longer than it takes to check thousands of resources this way.
 */
import type { Finding, Path } from "../../protocol/problem.js";
import { suggestField, wordLimit, wrongType } from "../../protocol/schema.js";
import { list, nearest, show } from "../../protocol/wording.js";
import { isMap, type Fields } from "../../protocol/maps.js";
import type { ResourceSchemas, Schema } from "./resources.js";
import { ruleNamed } from "./rules.js";

export interface SchemaFinding extends Finding {
  /** A field or a value that is unknown, and that a newer version may know. */
  isUnknown?: boolean;
}

export class SchemaChecker {
  readonly findings: SchemaFinding[] = [];

  /**
   * @param owner whose fields they are, e.g. "Istio 1.29"
   * @param see where the fields are documented
   */
  constructor(
    private readonly data: ResourceSchemas,
    private readonly owner: string,
    private readonly see: string,
  ) {}

  check(schema: Schema, value: unknown, path: Path): void {
    if (schema.$ref !== undefined) {
      const shared = this.data.schemas[schema.$ref];
      if (shared === undefined) throw new Error(`there is no schema ${schema.$ref}`);
      this.check(shared, value, path);
      return;
    }
    if (value === null && schema.nullable) return;
    const types = [schema.type ?? []].flat();
    if (types.length > 0 && !types.some((type) => isOfType(type, value))) {
      const wrong = wrongType(types.join(" or "), value, `See ${this.see}.`);
      this.findings.push({ path, ...wrong });
      return;
    }
    this.checkValue(schema, value, path);
    if (isMap(value)) this.checkFields(schema, value, path);
    else if (Array.isArray(value)) this.checkItems(schema, value, path);
    for (const number of schema.rules ?? []) this.checkRule(number, value, path);
  }

  private checkValue(schema: Schema, value: unknown, path: Path): void {
    if (schema.enum !== undefined && !schema.enum.includes(value as string)) {
      const near = typeof value === "string" ? nearest(value, schema.enum) : undefined;
      const message = `is ${show(value)}, which is none of ${list(schema.enum)}`;
      const remedy = near ? `Did you mean \`${near}\`?` : `Write one of them; see ${this.see}.`;
      this.findings.push({ path, message, remedy, isUnknown: true });
    }
    if (typeof value === "string" && schema.pattern !== undefined) {
      if (!patternOf(schema.pattern).test(value)) {
        const remedy = `It must match ${schema.pattern}.`;
        this.findings.push({ path, message: wordLimit("pattern", 0, value), remedy });
      }
    }
    const size = sizeOf(value);
    if (size === undefined) return;
    for (const [keyword, isMost] of size.limits) {
      const limit = schema[keyword];
      if (limit === undefined || (isMost ? size.size <= limit : size.size >= limit)) continue;
      const message = wordLimit(keyword, limit, value);
      this.findings.push({ path, message, remedy: `See ${this.see}.` });
    }
  }

  private checkFields(schema: Schema, value: Fields, path: Path): void {
    const { properties = {}, additionalProperties: others = true } = schema;
    for (const [name, part] of Object.entries(value)) {
      const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
      if (known !== undefined) this.check(known, part, [...path, name]);
      else if (typeof others === "object") this.check(others, part, [...path, name]);
      else if (!others) {
        this.findings.push({
          path: [...path, name],
          onKey: true,
          message: `is a field that ${this.owner} does not know`,
          remedy: suggestField(name, Object.keys(properties)),
          isUnknown: true,
        });
      }
    }
    for (const name of schema.required ?? []) {
      if (name in value) continue;
      const message = `\`${name}\` is missing`;
      this.findings.push({ path, message, remedy: `Add it; see ${this.see}.` });
    }
    for (const names of schema.atMostOne ?? []) {
      const given = names.filter((name) => name in value);
      if (given.length < 2) continue;
      const message = `has ${list(given)}, which exclude each other`;
      this.findings.push({ path, message, remedy: "Keep one of them." });
    }
  }

  private checkItems({ items, uniqueBy }: Schema, value: unknown[], path: Path): void {
    if (items !== undefined) value.forEach((item, i) => this.check(items, item, [...path, i]));
    if (uniqueBy === undefined) return;
    const keys = value.map((item) =>
      JSON.stringify(uniqueBy.map((name) => (item as Fields)[name])),
    );
    keys.forEach((key, i) => {
      if (keys.indexOf(key) === i) return;
      const message = `has the same ${list(uniqueBy)} as an earlier one`;
      this.findings.push({ path: [...path, i], message, remedy: "Remove one of the two." });
    });
  }

  private checkRule(number: number, value: unknown, path: Path): void {
    const { rule = "", message = "" } = this.data.rules[number] ?? {};
    const { holds, remedy } = ruleNamed(rule);
    if (holds(value)) return;
    const said = typeof value === "object" ? message : `is ${show(value)}: ${message}`;
    this.findings.push({ path, message: said, remedy });
  }
}

function isOfType(type: string, value: unknown): boolean {
  switch (type) {
    case "object":
      return isMap(value);
    case "array":
      return Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

type Limit = "maximum" | "minimum" | `${"max" | "min"}${"Length" | "Items" | "Properties"}`;
const limits = {
  number: [
    ["minimum", false],
    ["maximum", true],
  ],
  string: [
    ["minLength", false],
    ["maxLength", true],
  ],
  list: [
    ["minItems", false],
    ["maxItems", true],
  ],
  map: [
    ["minProperties", false],
    ["maxProperties", true],
  ],
} as const;

/** What the limits of a schema apply to. */
function sizeOf(
  value: unknown,
): { size: number; limits: readonly (readonly [Limit, boolean])[] } | undefined {
  if (typeof value === "number") return { size: value, limits: limits.number };
  if (typeof value === "string") return { size: value.length, limits: limits.string };
  if (Array.isArray(value)) return { size: value.length, limits: limits.list };
  if (isMap(value)) return { size: Object.keys(value).length, limits: limits.map };
  return undefined;
}

const patterns = new Map<string, RegExp>();
function patternOf(text: string): RegExp {
  let pattern = patterns.get(text);
  if (pattern === undefined) patterns.set(text, (pattern = new RegExp(text, "u")));
  return pattern;
}
