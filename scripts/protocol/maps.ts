/** Fields of what has no type yet. */
export type Fields = Record<string, unknown>;

/** Is it a map of fields, as opposed to a list or a scalar? */
export function isMap(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The items of a list; none if it is no list. */
export function itemsOf(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

/** The items of a list that are maps of fields, with their places in it. */
export function mapsIn(value: unknown): { item: Fields; index: number }[] {
  return itemsOf(value).flatMap((item, index) => (isMap(item) ? [{ item, index }] : []));
}
