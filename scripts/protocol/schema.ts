/** Holds documents against the JSON Schemas, and words the mistakes so that users can act. */
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import protocolSchema from "../schema/application-protocol.schema.json" with { type: "json" };
import pluginSchema from "../schema/plugin.schema.json" with { type: "json" };
import type { Finding } from "./problem.js";

const ajv = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true });
const validators = {
  ApplicationProtocol: ajv.compile(protocolSchema),
  plugin: ajv.compile(pluginSchema),
} satisfies Record<string, ValidateFunction>;

/** All that the schema finds wrong with `value`. */
export function checkSchema(schema: keyof typeof validators, value: unknown): Finding[] {
  const validate = validators[schema];
  if (validate(value)) return [];
  const errors = (validate.errors ?? []).filter(
    // What the single branches of a oneOf miss is said once, by the oneOf itself.
    ({ schemaPath }) => !/\/oneOf\/\d+\//.test(schemaPath),
  );
  return errors.map((error) => toFinding(error, value));
}

interface SchemaPart {
  description?: string;
  properties?: Record<string, SchemaPart>;
  oneOf?: { required: string[] }[];
}

function toFinding(error: ErrorObject, root: unknown): Finding {
  const path = toPath(error.instancePath, root);
  const part = error.parentSchema as SchemaPart;
  const params = error.params as Record<string, unknown>;
  const remedy = part.description ?? "See docs/configuration.md.";
  switch (error.keyword) {
    case "required": {
      const name = params["missingProperty"] as string;
      const description = part.properties?.[name]?.description ?? "";
      return { path, message: `\`${name}\` is missing`, remedy: `Add it: ${description}` };
    }
    case "additionalProperties": {
      const name = params["additionalProperty"] as string;
      return {
        path: [...path, name],
        onKey: true,
        message: "is a field that Argot does not know",
        remedy: suggest(name, Object.keys(part.properties ?? {})),
      };
    }
    case "oneOf": {
      const names = (part.oneOf ?? []).flatMap(({ required }) => required);
      return { path, message: `needs exactly one of ${list(names)}`, remedy };
    }
    case "const":
      return {
        path,
        message: `is ${show(error.data)}`,
        remedy: `Write ${show(params["allowedValue"])}.`,
      };
    case "enum":
      return {
        path,
        message: `is ${show(error.data)}, which is none of ${list(params["allowedValues"] as string[])}`,
        remedy,
      };
    case "type":
      return { path, message: `must be ${article(params["type"] as string)}`, remedy };
    case "pattern":
      return { path, message: `is ${show(error.data)}, which is not allowed here`, remedy };
    case "minimum":
    case "maximum":
      return { path, message: `is ${show(error.data)}, but ${error.message ?? ""}`, remedy };
    default:
      return { path, message: error.message ?? "is wrong", remedy };
  }
}

/** A JSON pointer as a path; members of arrays become numbers. */
function toPath(pointer: string, root: unknown): (string | number)[] {
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

function suggest(name: string, known: string[]): string {
  const near = known.find(
    (other) => distance(name.toLowerCase(), other.toLowerCase()) <= Math.max(1, name.length / 3),
  );
  if (near !== undefined) return `Did you mean \`${near}\`?`;
  return `Remove it; what may stand here: ${known.join(", ")}.`;
}

/** Least number of letters to change, add or drop between two words. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

function list(names: readonly string[]): string {
  const quoted = names.map((name) => `\`${name}\``);
  if (quoted.length < 2) return quoted.join("");
  return `${quoted.slice(0, -1).join(", ")} and ${quoted.at(-1)}`;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function article(type: string): string {
  const words: Record<string, string> = {
    object: "a map of fields",
    array: "a list",
    integer: "a whole number",
    boolean: "true or false",
  };
  return words[type] ?? `a ${type}`;
}
