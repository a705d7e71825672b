/** Fields of a description's JSON; each complaint names the field, as the configuration's do. */
import { Json, JsonType } from "../../filter/config/json";
import { complain, join } from "../../filter/config/reader";

const NOTHING: Json = new Json(JsonType.NULL);
/** Beyond it a double has no whole numbers. */
const MOST: f64 = 9007199254740992;

/** The value of a key; of JSON's null if there is none. */
export function child(json: Json, key: string): Json {
  const value = json.get(key);
  return value === null ? NOTHING : value;
}

export function has(json: Json, key: string): bool {
  return json.get(key) !== null;
}

export function textIn(json: Json, path: string, key: string): string {
  const value = child(json, key);
  if (value.type != JsonType.STRING) complain(join(path, key), "must be a string");
  return value.text;
}

/** A whole number of at most `most`. */
export function numberIn(json: Json, path: string, key: string, most: u64): u64 {
  return toNumber(child(json, key), join(path, key), most);
}

function toNumber(value: Json, path: string, most: u64): u64 {
  const n = value.number;
  if (value.type == JsonType.NUMBER && n >= 0 && n <= min<f64>(<f64>most, MOST)) return <u64>n;
  complain(path, "must be a whole number of at most " + most.toString());
  return 0;
}

export function flagIn(json: Json, key: string): bool {
  return child(json, key).number != 0;
}

/** The items of an array, none where it is absent. */
export function itemsIn(json: Json, path: string, key: string): Json[] {
  const value = child(json, key);
  if (value.type != JsonType.ARRAY && value.type != JsonType.NULL)
    complain(join(path, key), "must be an array");
  return value.items;
}

export function numbersIn(json: Json, path: string, key: string): StaticArray<u64> {
  const items = itemsIn(json, path, key);
  const numbers = new StaticArray<u64>(items.length);
  for (let i = 0; i < items.length; i++) {
    numbers[i] = toNumber(items[i], at(join(path, key), i), u64.MAX_VALUE);
  }
  return numbers;
}

/** `path` of an array's item. */
export function at(path: string, i: i32): string {
  return path + "[" + i.toString() + "]";
}

/** The bytes of a text of hex digits. */
export function hexIn(json: Json, path: string, key: string): ArrayBuffer {
  const text = textIn(json, path, key);
  const bytes = new ArrayBuffer(text.length >> 1);
  for (let i = 0; i + 1 < text.length; i += 2) {
    const high = digit(text.charCodeAt(i));
    const low = digit(text.charCodeAt(i + 1));
    if (high < 0 || low < 0) complain(join(path, key), "must be hex");
    store<u8>(changetype<usize>(bytes) + (i >> 1), <u8>((high << 4) | low));
  }
  return bytes;
}

function digit(c: i32): i32 {
  return "0123456789abcdef".indexOf(String.fromCharCode(c));
}
