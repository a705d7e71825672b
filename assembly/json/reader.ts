/**
 * Reads fields of a JSON document with their path at hand, so that every complaint names the
 * field. The first complaint is kept; later reads go on with defaults.
 */
import { Json, JsonType } from "./json";

export let configError: string = "";

export function complain(path: string, what: string): void {
  if (configError == "") configError = path + ": " + what;
}
export function clearComplaints(): void {
  configError = "";
}

/** `path` of a field of the object at `parent`. */
export function join(parent: string, key: string): string {
  return parent == "" ? key : parent + "." + key;
}

/** Complains about every key of `json` that is not in `known`. */
export function onlyKeys(json: Json, path: string, known: string[]): void {
  if (json.type != JsonType.OBJECT) {
    complain(path == "" ? "configuration" : path, "must be an object");
    return;
  }
  for (let i = 0; i < json.keys.length; i++) {
    if (!known.includes(json.keys[i]))
      complain(join(path, json.keys[i]), "unknown field; known are " + known.join(", "));
  }
}

/** A string field; `fallback` where it is absent. */
export function readString(json: Json, path: string, key: string, fallback: string): string {
  const value = json.get(key);
  if (value === null) return fallback;
  if (value.type != JsonType.STRING) {
    complain(join(path, key), "must be a string");
    return fallback;
  }
  return value.text;
}

/** One of `choices`; required. */
export function readChoice(json: Json, path: string, key: string, choices: string[]): string {
  const value = readString(json, path, key, "");
  if (!choices.includes(value))
    complain(
      join(path, key),
      (value == "" ? "is missing" : '"' + value + '" is not known') +
        "; must be one of " +
        choices.join(", "),
    );
  return value;
}

/** A whole number from `least` to `most`; `fallback` where it is absent. */
export function readInteger(
  json: Json,
  path: string,
  key: string,
  fallback: u32,
  least: u32,
  most: u32,
): u32 {
  const value = json.get(key);
  if (value === null) return fallback;
  const n = value.number;
  if (value.type != JsonType.NUMBER || isNaN(n) || n < <f64>least || n > <f64>most) {
    complain(
      join(path, key),
      "must be a whole number from " + least.toString() + " to " + most.toString(),
    );
    return fallback;
  }
  return <u32>n;
}

export function readBool(json: Json, path: string, key: string, fallback: bool): bool {
  const value = json.get(key);
  if (value === null) return fallback;
  if (value.type != JsonType.BOOL) complain(join(path, key), "must be true or false");
  return value.number != 0;
}

/** The items of an array field; empty where it is absent. */
export function readArray(json: Json, path: string, key: string): Array<Json> {
  const value = json.get(key);
  if (value === null) return [];
  if (value.type != JsonType.ARRAY) complain(join(path, key), "must be an array");
  return value.items;
}
