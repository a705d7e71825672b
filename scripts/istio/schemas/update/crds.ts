/** Istio's CustomResourceDefinitions as one compact JSON Schema. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { ResourceSchemas, Schema } from "../resources.js";
import type { IstioVersion } from "../versions.js";
import { moduleFolder } from "./go.js";
import { intern } from "./intern.js";

/** The release of istio.io/api that stands for each version. */
const releases: Record<IstioVersion, string> = {
  "1.26": "v1.26.0",
  "1.27": "v1.27.0",
  "1.28": "v1.28.3",
  "1.29": "v1.29.1",
  "1.30": "v1.30.1",
  "1.31": "v1.31.1",
};

interface Definition {
  spec: {
    group: string;
    names: { kind: string };
    versions: { name: string; served: boolean; schema: { openAPIV3Schema: OpenApi } }[];
  };
}

/** The schemas of all kinds in all versions; what is equal stands there once. */
export function readResources(folder: string): ResourceSchemas {
  const rules: ResourceSchemas["rules"] = [];
  const found: { kind: string; apiVersion: string; version: IstioVersion; schema: Schema }[] = [];
  for (const [version, release] of Object.entries(releases) as [IstioVersion, string][]) {
    const module = moduleFolder(`istio.io/api@${release}`, folder);
    const text = readFileSync(
      join(module, "kubernetes/customresourcedefinitions.gen.yaml"),
      "utf8",
    );
    for (const document of parseAllDocuments(text)) {
      const definition = document.toJS() as Definition | null;
      if (definition === null) continue;
      const { group, names, versions } = definition.spec;
      for (const { name, served, schema } of versions) {
        if (!served) continue;
        const compact = simplify(schema.openAPIV3Schema, rules);
        const [apiVersion, kind] = [`${group}/${name}`, names.kind];
        found.push({ kind, apiVersion, version, schema: compact });
      }
    }
  }
  const { roots, shared } = intern(found.map(({ schema }) => schema));
  const kinds: ResourceSchemas["kinds"] = {};
  found.forEach(({ kind, apiVersion, version }, i) => {
    const since = ((kinds[kind] ??= {})[apiVersion] ??= {});
    if (Object.values(since).at(-1) !== roots[i]) since[version] = roots[i] ?? 0;
  });
  return { kinds, rules, schemas: shared };
}

/** A part of a definition's `openAPIV3Schema`. */
interface OpenApi extends Omit<Schema, "properties" | "items" | "additionalProperties"> {
  properties?: Record<string, OpenApi>;
  items?: OpenApi;
  additionalProperties?: OpenApi;
  oneOf?: { required?: string[]; not?: object }[];
  allOf?: OpenApi[];
  "x-kubernetes-int-or-string"?: boolean;
  "x-kubernetes-preserve-unknown-fields"?: boolean;
  "x-kubernetes-list-map-keys"?: string[];
  "x-kubernetes-validations"?: { rule: string; message: string }[];
}

/** Keywords that need no change. */
const kept = [
  ...["type", "enum", "nullable", "pattern", "required", "minimum", "maximum"],
  ...["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"],
] as (keyof OpenApi & keyof Schema)[];

/**
 * The schema without descriptions, with unknown fields refused, and with keywords of our own for
 * what the definitions say in a roundabout way.
 */
function simplify(schema: OpenApi, rules: ResourceSchemas["rules"]): Schema {
  const out: Schema = Object.fromEntries(
    kept.filter((name) => name in schema).map((name) => [name, schema[name]]),
  );
  if (schema["x-kubernetes-int-or-string"]) out.type = ["integer", "string"];
  if (schema.items !== undefined) out.items = simplify(schema.items, rules);
  const { properties, additionalProperties } = schema;
  if (properties !== undefined) {
    const members = Object.entries(properties).map(([name, part]) => [name, simplify(part, rules)]);
    out.properties = Object.fromEntries(members) as Record<string, Schema>;
    // The resource itself: what every one has is checked elsewhere, and nobody writes the status.
    if ("spec" in properties && "status" in properties) {
      Object.assign(out.properties, { apiVersion: {}, kind: {}, metadata: {}, status: {} });
    }
  }
  if (additionalProperties !== undefined) {
    out.additionalProperties = simplify(additionalProperties, rules);
  } else if (schema.type === "object" && !schema["x-kubernetes-preserve-unknown-fields"]) {
    out.additionalProperties = false;
  }
  const groups = [schema, ...(schema.allOf ?? [])].flatMap(groupsOf);
  if (groups.length > 0) out.atMostOne = groups;
  const keys = schema["x-kubernetes-list-map-keys"];
  if (keys !== undefined) out.uniqueBy = keys;
  const texts = schema["x-kubernetes-validations"];
  if (texts !== undefined) {
    out.rules = texts.map(({ rule, message }) => {
      const known = rules.findIndex((other) => other.rule === rule && other.message === message);
      return known < 0 ? rules.push({ rule, message }) - 1 : known;
    });
  }
  return out;
}

/** The fields that exclude each other: `oneOf: [{not: {anyOf: [a, b]}}, a, b]`. */
function groupsOf({ oneOf }: OpenApi): string[][] {
  if (oneOf === undefined) return [];
  const [none, ...choices] = oneOf;
  if (none?.not === undefined) throw new Error(`unknown form: ${JSON.stringify(oneOf)}`);
  return [choices.map(({ required = [] }) => required.join())];
}
