/** The part of JSON Schema that Argot's own schemas use. */
export interface Schema {
  title?: string;
  description?: string;
  type?: string;
  $ref?: string;
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
  definitions?: Record<string, Schema>;
}

/** `schema`, or what it refers to in `root`; its own description goes before that of the other. */
export function resolve(schema: Schema, root: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const name = schema.$ref.replace("#/definitions/", "");
  const target = root.definitions?.[name];
  if (target === undefined) throw new Error(`the schema has no definition ${schema.$ref}`);
  return { ...resolve(target, root), ...schema };
}

/** What values a field takes, in words: its type and its limits. */
export function typeInWords(schema: Schema, root: Schema): string {
  const own = resolve(schema, root);
  if (own.const !== undefined) return code(own.const);
  if (own.enum !== undefined) return own.enum.map(code).join(" or ");
  if (own.type === "array") {
    const of = own.items === undefined ? "" : ` of ${typeInWords(own.items, root)}`;
    return `list${limits(own.minItems, own.maxItems)}${of}`;
  }
  if (own.type === "string") return `text${limits(own.minLength, own.maxLength, " characters")}`;
  if (own.type === "integer") return `integer${limits(own.minimum, own.maximum)}`;
  if (own.type === "number") return `number${limits(own.minimum, own.maximum)}`;
  if (own.type === "boolean") return "true or false";
  const either = own.oneOf ?? own.anyOf;
  if (own.type === undefined && either !== undefined) {
    return either.map((one) => typeInWords(one, root)).join(" or ");
  }
  return own.type ?? "any value";
}

/** As it is written in a configuration. */
export function code(value: unknown): string {
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

function limits(least: number | undefined, most: number | undefined, unit = ""): string {
  const say = (n: number): string => n.toLocaleString("en");
  if (least !== undefined && most !== undefined) return ` (${say(least)} to ${say(most)}${unit})`;
  if (least !== undefined) return ` (at least ${say(least)}${unit})`;
  if (most !== undefined) return ` (at most ${say(most)}${unit})`;
  return "";
}
