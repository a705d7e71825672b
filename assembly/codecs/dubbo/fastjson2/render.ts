/**
 * A value of JSONB as JSON, for inspection: dates as milliseconds, binaries as base 64, objects as
 * maps of their fields. References and what JSON has no form for are left out.
 */
import { load64 } from "../../../bytes/order";
import { RoomyMetadata } from "../../inspection";
import { jsonBytes, jsonNumber, jsonString, jsonText, LEFT_OUT } from "../../json";
import { failed } from "../../position";
import {
  doubleAt,
  integer,
  integerAt,
  isDoubleAt,
  isInteger,
  isText,
  keepText,
  keptAt,
  keptLength,
  NULL,
  OBJECT,
  OBJECT_END,
  readInteger,
  readText,
  skipSymbol,
  skipValue,
  SYMBOL,
  TYPED,
} from "./jsonb";

let at: usize = 0;
let end: usize = 0;

/** JSON text of the value between `from` and `to`, which was skipped before. */
export function renderJson(from: usize, to: usize): string {
  at = from;
  end = to;
  return render();
}

/** Renders the value at `at` and goes behind it. Its depth is what `skipValue` allows. */
function render(): string {
  const p = at;
  if (failed(p) || p >= end) return LEFT_OUT;
  const tag = <u32>load<u8>(p);
  if (tag == TYPED) {
    at = skipSymbol(p + 1, end);
    return render();
  }
  if (tag == OBJECT) return renderObject();
  if (tag >= 0x94 && tag <= 0xa3) {
    at = p + 1;
    return renderList(tag - 0x94);
  }
  if (tag == 0xa4) {
    at = readInteger(p + 1, end);
    return failed(at) ? LEFT_OUT : renderList(integer);
  }
  at = skipValue(p, end);
  if (failed(at)) return LEFT_OUT;
  if (isText(tag)) return renderText(p);
  if (isInteger(tag)) return integerAt(p).toString();
  if (isDoubleAt(p)) return jsonNumber(doubleAt(p));
  if (tag == NULL) return "null";
  if (tag == 0xb0) return "false";
  if (tag == 0xb1) return "true";
  if (tag == 0xab) return (<i64>load64(p + 1)).toString();
  return tag == 0x91 ? renderBinary(p) : LEFT_OUT;
}

function renderText(p: usize): string {
  const room = new RoomyMetadata();
  if (failed(readText(p, end)) || !keepText(room)) return LEFT_OUT;
  return jsonString(keptAt, keptLength);
}

function renderBinary(p: usize): string {
  const from = readInteger(p + 1, end);
  const bytes = new StaticArray<u8>(<i32>(at - from));
  memory.copy(changetype<usize>(bytes), from, at - from);
  return jsonBytes(bytes);
}

function renderList(count: i64): string {
  const parts = new Array<string>();
  for (let left = count; left > 0 && !failed(at) && at < end; left--) parts.push(render());
  return "[" + parts.join(",") + "]";
}

function renderObject(): string {
  const parts = new Array<string>();
  at++;
  while (!failed(at) && at < end && load<u8>(at) != OBJECT_END) {
    const name = renderName();
    parts.push(name + ":" + render());
  }
  if (!failed(at)) at++;
  return "{" + parts.join(",") + "}";
}

/** A field's name is a string with a number; the number alone, once it is known, names it too. */
function renderName(): string {
  const p = at;
  if (load<u8>(p) != SYMBOL) return jsonText(render());
  at = skipSymbol(p + 1, end);
  if (failed(at)) return LEFT_OUT;
  return isText(load<u8>(p + 1)) ? renderText(p + 1) : '"#' + integer.toString() + '"';
}
