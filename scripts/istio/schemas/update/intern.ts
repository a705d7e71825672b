/** Stores parts of JSON values that are equal once. */
import type { Schema } from "../resources.js";

/** Parts that are shorter as JSON are written where they stand. */
const LEAST = 64;

/**
 * The schemas with references, `{"$ref": 3}`, to parts that stand in several places.
 * @returns the shared parts, and where among them each of `schemas` is
 */
export function intern(schemas: Schema[]): { roots: number[]; shared: Schema[] } {
  const uses = new Map<string, number>();
  schemas.forEach((schema) => count(schema, uses));
  const places = new Map<string, number>();
  const shared: Schema[] = [];
  const roots = schemas.map((schema) => share(schema));
  return { roots, shared };

  function share(schema: Schema): number {
    const text = JSON.stringify(schema);
    const known = places.get(text);
    if (known !== undefined) return known;
    places.set(text, shared.length);
    const place = shared.push({}) - 1;
    shared[place] = replaceParts(schema);
    return place;
  }

  function replaceParts(schema: Schema): Schema {
    return mapParts(schema, (part) => {
      const text = JSON.stringify(part);
      const isShared = text.length >= LEAST && (uses.get(text) ?? 0) > 1;
      return isShared ? { $ref: share(part) } : replaceParts(part);
    });
  }
}

/** How often each part stands in `schema`; parts of a part that was seen before are not counted. */
function count(schema: Schema, uses: Map<string, number>): void {
  const text = JSON.stringify(schema);
  const seen = uses.get(text) ?? 0;
  uses.set(text, seen + 1);
  if (seen === 0) mapParts(schema, (part) => (count(part, uses), part));
}

/** The schema with `change` applied to the schemas right in it. */
function mapParts(schema: Schema, change: (part: Schema) => Schema): Schema {
  const out = { ...schema };
  if (out.items !== undefined) out.items = change(out.items);
  if (out.additionalProperties) out.additionalProperties = change(out.additionalProperties);
  if (out.properties !== undefined) {
    const members = Object.entries(out.properties);
    out.properties = Object.fromEntries(members.map(([name, part]) => [name, change(part)]));
  }
  return out;
}
