/**
 * A small, strict JSON reader (RFC 8259) for the plugin's configuration. Only run when a
 * configuration arrives; allocates freely.
 */

import { asciiLower } from "../bytes/ascii";

export enum JsonType {
  NULL,
  BOOL,
  NUMBER,
  STRING,
  ARRAY,
  OBJECT,
}

export class Json {
  /** Of BOOL (0 or 1) and NUMBER. */
  number: f64 = 0;
  text: string = "";
  /** Of an ARRAY its items, of an OBJECT its values, in order. */
  items: Array<Json> = [];
  /** Of an OBJECT its keys. */
  keys: Array<string> = [];
  constructor(readonly type: JsonType) {}

  /** The value of an object's key, null if it has none. */
  get(key: string): Json | null {
    const i = this.keys.indexOf(key);
    return i < 0 ? null : this.items[i];
  }
}

/** Why the last `parseJson` gave null. */
export let jsonError: string = "";

const DEEPEST: i32 = 32;
let source: string = "";
let at: i32 = 0;

export function parseJson(text: string): Json | null {
  source = text;
  at = 0;
  jsonError = "";
  const value = parseValue(0);
  if (value === null) return null;
  skipSpace();
  return at < source.length ? fail("unexpected text after the document") : value;
}

function fail(what: string): Json | null {
  if (jsonError == "") jsonError = what + " at offset " + at.toString();
  return null;
}

function skipSpace(): void {
  while (at < source.length) {
    const c = source.charCodeAt(at);
    if (c != 32 && c != 10 && c != 13 && c != 9) return;
    at++;
  }
}

/** Takes `word` if it comes next. */
function take(word: string): bool {
  if (!source.substr(at, word.length).startsWith(word)) return false;
  at += word.length;
  return true;
}

function parseValue(depth: i32): Json | null {
  skipSpace();
  if (depth > DEEPEST) return fail("nested too deep");
  if (at >= source.length) return fail("unexpected end");
  switch (source.charCodeAt(at)) {
    case 0x7b: // {
      return parseObject(depth);
    case 0x5b: // [
      return parseArray(depth);
    case 0x22: // "
      return parseString();
  }
  if (take("null")) return new Json(JsonType.NULL);
  if (take("true")) return boolean(1);
  if (take("false")) return boolean(0);
  return parseNumber();
}

function boolean(value: f64): Json {
  const json = new Json(JsonType.BOOL);
  json.number = value;
  return json;
}

function parseNumber(): Json | null {
  const start = at;
  let value: f64 = 0;
  for (let c = digitAt(at); c >= 0; c = digitAt(++at)) value = value * 10 + <f64>c;
  const json = new Json(JsonType.NUMBER);
  json.number = value;
  // Nothing in a configuration is negative or a fraction: such numbers are read as NaN.
  while (at < source.length && "+-.eE0123456789".includes(source.charAt(at))) {
    json.number = NaN;
    at++;
  }
  return start == at ? fail("unexpected character") : json;
}

/** The decimal digit at `i`, -1 if there is none. */
function digitAt(i: i32): i32 {
  const digit = i < source.length ? source.charCodeAt(i) - 0x30 : -1;
  return digit <= 9 ? digit : -1;
}

function parseString(): Json | null {
  const json = new Json(JsonType.STRING);
  at++;
  for (let start = at; at < source.length;) {
    const c = source.charCodeAt(at);
    if (c < 32) return fail("control character in a string");
    if (c != 0x22 && c != 0x5c) {
      at++;
      continue;
    }
    json.text += source.substring(start, at++);
    if (c == 0x22) return json;
    const escaped = unescape();
    if (escaped < 0) return fail("unknown escape in a string");
    json.text += String.fromCharCode(escaped);
    start = at;
  }
  return fail("string without an end");
}

/** The UTF-16 unit that the escape at `at` (behind the backslash) stands for; -1: none. */
function unescape(): i32 {
  if (at >= source.length) return -1;
  const c = source.charCodeAt(at++);
  const i = '"\\/bfnrt'.indexOf(String.fromCharCode(c));
  if (i >= 0) return '"\\/\b\f\n\r\t'.charCodeAt(i);
  if (c != 0x75 || at + 4 > source.length) return -1; // u
  let unit: i32 = 0;
  for (let end = at + 4; at < end; at++) {
    const digit = "0123456789abcdef".indexOf(asciiLower(source.charAt(at)));
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

function parseArray(depth: i32): Json | null {
  const json = new Json(JsonType.ARRAY);
  at++;
  skipSpace();
  if (take("]")) return json;
  while (true) {
    const item = parseValue(depth + 1);
    if (item === null) return null;
    json.items.push(item);
    skipSpace();
    if (take("]")) return json;
    if (!take(",")) return fail("expected , or ]");
  }
}

function parseObject(depth: i32): Json | null {
  const json = new Json(JsonType.OBJECT);
  at++;
  skipSpace();
  if (take("}")) return json;
  while (true) {
    skipSpace();
    if (at >= source.length || source.charCodeAt(at) != 0x22) return fail("expected a key");
    const key = parseString();
    if (key === null) return null;
    if (json.keys.includes(key.text)) return fail('key "' + key.text + '" is there twice');
    skipSpace();
    if (!take(":")) return fail("expected :");
    const value = parseValue(depth + 1);
    if (value === null) return null;
    json.keys.push(key.text);
    json.items.push(value);
    skipSpace();
    if (take("}")) return json;
    if (!take(",")) return fail("expected , or }");
  }
}
