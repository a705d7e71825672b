/** Holds documents against the JSON Schemas, and words the mistakes so that users can act. */
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import protocolSchema from "../schema/application-protocol.schema.json" with { type: "json" };
import declaredSchema from "../schema/protocol.schema.json" with { type: "json" };
import pluginSchema from "../schema/plugin.schema.json" with { type: "json" };
import { isMap } from "./maps.js";
import type { Finding } from "./problem.js";
import { hasCodec } from "./protocols.js";
import { count, list, nearest, show } from "./wording.js";

type SchemaName = "ApplicationProtocol" | "Protocol" | "plugin";
interface Checked {
  schema: object;
  validate: ValidateFunction;
}

/** The protocols that documents may name; undefined: those of the schemas. */
let protocols: readonly string[] | undefined;
/** What documents were held against so far: to compile all that there is takes half a second. */
let compiled: Partial<Record<SchemaName, Checked>> = {};

/** From now on documents are meant for a module that speaks exactly these protocols. */
export function useProtocols(names: readonly string[]): void {
  protocols = names;
  compiled = {};
}

function schemaNamed(name: SchemaName): object {
  if (name === "Protocol") return declaredSchema;
  if (name === "plugin") {
    const plugin = structuredClone(pluginSchema);
    restrict(plugin.properties.protocol);
    return plugin;
  }
  const application = structuredClone(protocolSchema);
  restrict(application.definitions.spec.properties.protocol);
  return application;
}

/** Leaves of the protocols with a codec those that the module speaks. */
function restrict(field: { anyOf: object[] }): void {
  if (protocols === undefined) return;
  const [byName] = field.anyOf as [{ enum: string[] }];
  byName.enum = [...protocols, ...byName.enum.filter((name) => !hasCodec(name))];
}

function compile(name: SchemaName): Checked {
  const schema = schemaNamed(name);
  const ajv = new Ajv({
    ...{ allErrors: true, verbose: true, allowUnionTypes: true },
    // The schemas are our own, and the tests hold them against theirs. What is compiled here
    // checks few documents: to make it quick takes longer than they do.
    ...{ validateSchema: false, code: { optimize: false } },
  });
  return { schema, validate: ajv.compile(schema) };
}

/** The fields of the plugin's configuration. */
export const pluginFields: readonly string[] = Object.keys(pluginSchema.properties);

/** All that the schema finds wrong with `value`. */
export function checkSchema(name: SchemaName, value: unknown): Finding[] {
  const { schema, validate } = (compiled[name] ??= compile(name));
  if (validate(value)) return [];
  const errors = (validate.errors ?? []).filter(
    // What the single branches of a oneOf miss is said once, by the oneOf itself, and only of a
    // map: what is none is of the wrong type already. Of an anyOf the first branch counts.
    ({ schemaPath, keyword, data }) =>
      !/\/oneOf\/\d+\/|\/anyOf\/[1-9]\d*\//.test(schemaPath) &&
      keyword !== "anyOf" &&
      (keyword !== "oneOf" || isMap(data)),
  );
  return errors.map((error) => {
    const remedy = descriptionOf(error.parentSchema, schema) ?? "";
    return toFinding(error, value, remedy);
  });
}

/** What the schema says of `part`, or of the nearest part around it that it says something of. */
function descriptionOf(
  part: unknown,
  within: object,
  inherited = "See docs/configuration.md.",
): string | undefined {
  const own = "description" in within ? within.description : undefined;
  const description = typeof own === "string" ? own : inherited;
  if (within === part) return description;
  return Object.values(within)
    .filter((member): member is object => typeof member === "object" && member !== null)
    .map((member) => descriptionOf(part, member, description))
    .find((found) => found !== undefined);
}

interface SchemaPart {
  description?: string;
  properties?: Record<string, SchemaPart>;
  oneOf?: { required: string[] }[];
}

/** What ajv tells with each keyword: https://ajv.js.org/api.html#error-parameters. */
interface Params {
  missingProperty: string;
  additionalProperty: string;
  allowedValue: unknown;
  allowedValues: string[];
  type: string;
  limit: number;
  i: number;
  j: number;
}

/** @param remedy what the schema says of the field */
function toFinding(error: ErrorObject, root: unknown, remedy: string): Finding {
  const path = toPath(error.instancePath, root);
  const part = error.parentSchema as SchemaPart;
  const params = error.params as Params;
  const { data } = error;
  switch (error.keyword) {
    case "required": {
      const name = params.missingProperty;
      const description = part.properties?.[name]?.description ?? "";
      return { path, message: `\`${name}\` is missing`, remedy: `Add it: ${description}` };
    }
    case "additionalProperties":
      return {
        path: [...path, params.additionalProperty],
        onKey: true,
        message: "is a field that Argot does not know",
        remedy: suggestField(params.additionalProperty, Object.keys(part.properties ?? {})),
      };
    case "oneOf":
      return { path, ...wrongChoice(part.oneOf ?? [], data) };
    case "const":
      return { path, message: `is ${show(data)}`, remedy: `Write ${show(params.allowedValue)}.` };
    case "enum": {
      const near = typeof data === "string" ? nearest(data, params.allowedValues) : undefined;
      return {
        path,
        message: `is ${show(data)}, which is none of ${list(params.allowedValues)}`,
        remedy: near === undefined ? remedy : `Did you mean \`${near}\`?`,
      };
    }
    case "type":
      return { path, ...wrongType(params.type, data, remedy) };
    case "uniqueItems":
      return {
        path: [...path, Math.max(params.i, params.j)],
        message: "stands there twice",
        remedy: "Remove one of the two.",
      };
    default:
      return { path, message: wordLimit(error.keyword, params.limit, data), remedy };
  }
}

/** Of several fields exactly one must be there. */
function wrongChoice(choices: { required: string[] }[], data: unknown) {
  const names = choices.flatMap(({ required }) => required);
  const given = names.filter((name) => name in (data as object));
  if (given.length === 0) return { message: `needs one of ${list(names)}`, remedy: "Add one." };
  return { message: `has ${list(given)}, which exclude each other`, remedy: "Keep one of them." };
}

/** What is wrong with a value that is not of the type that the schema asks for. */
export function wrongType(type: string, data: unknown, remedy: string) {
  if (type === "string" && (typeof data === "number" || typeof data === "boolean")) {
    return {
      message: `must be text, but is the ${typeof data} ${data}`,
      remedy: `Put it in quotes: "${data}".`,
    };
  }
  const message = `must be ${article(type)}, but is ${show(data)}`;
  const isQuoted =
    typeof data === "string" &&
    ((type === "integer" && /^\d+$/.test(data)) ||
      (type === "boolean" && /^(true|false)$/.test(data)));
  return { message, remedy: isQuoted ? `Write it without quotes: ${data}.` : remedy };
}

/** What is wrong with a value that breaks the schema's `keyword`. */
export function wordLimit(keyword: string, limit: number, data: unknown): string {
  switch (keyword) {
    case "pattern":
      return `is ${show(data)}, which is not allowed here`;
    case "minimum":
      return `is ${show(data)}, but must be at least ${limit}`;
    case "maximum":
      return `is ${show(data)}, but must be at most ${limit}`;
    case "minLength":
      return `must have at least ${count(limit, "character")}`;
    case "maxLength":
      return `must have at most ${count(limit, "character")}`;
    case "minItems":
      return `must have at least ${count(limit, "item")}`;
    case "maxItems":
      return `must have at most ${count(limit, "item")}`;
    default:
      return `breaks the schema's rule \`${keyword}\``;
  }
}

/** A JSON pointer as a path; members of arrays become numbers. */
export function toPath(pointer: string, root: unknown): (string | number)[] {
  let at = root;
  return pointer
    .split("/")
    .slice(1)
    .map((part) => {
      const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
      const step = Array.isArray(at) ? Number(name) : name;
      at = (at as Record<string | number, unknown>)[step];
      return step;
    });
}

/** What to do about a field that is not among the `known` ones. */
export function suggestField(name: string, known: string[]): string {
  const near = nearest(name, known);
  if (near !== undefined) return `Did you mean \`${near}\`?`;
  return `Remove it; what may stand here: ${known.join(", ")}.`;
}

function article(type: string): string {
  const words: Record<string, string> = {
    string: "text",
    object: "a map of fields",
    array: "a list",
    integer: "a whole number",
    boolean: "true or false",
  };
  return words[type] ?? `a ${type}`;
}
