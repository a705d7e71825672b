/**
 * A value of Hessian 2 as JSON, for inspection: dates as milliseconds, binaries as base 64,
 * objects as maps of their fields, references as what they refer to. Class definitions and
 * containers are those of the body that was read last, so that is the only one to render.
 */
import { load16, load32, load64 } from "../../../bytes/order";
import { doubleAt, integer, integerAt, isDouble, isInteger } from "../../hessian2/number";
import { isText, keepText, keptAt, keptLength, readText } from "../../hessian2/text";
import { RoomyMetadata } from "../../inspection";
import { jsonBytes, jsonNumber, jsonString, jsonText, LEFT_OUT } from "../../json";
import { failed } from "../../position";
import {
  bodyEnd,
  classNames,
  containerAt,
  enter,
  entered,
  forgetSince,
  inside,
  KEY_OR_END,
  known,
  NO_CLASS,
  UNTIL_END,
} from "./skip";

/** References can make a small frame a huge or endless text: what exceeds these is left out. */
const MOST_VALUES: i32 = 20000;
const MOST_DEPTH: i32 = 64;

let at: usize = 0;
let end: usize = 0;
let values: i32 = 0;

/** JSON text of the value between `from` and `to`, which was skipped before. */
export function renderJson(from: usize, to: usize): string {
  const mark = known();
  at = from;
  end = to;
  values = 0;
  const text = render(0);
  forgetSince(mark);
  return text;
}

/** Renders the value at `at` and goes behind it. */
function render(depth: i32): string {
  if (failed(at) || at >= end || depth > MOST_DEPTH || ++values > MOST_VALUES) {
    at = end;
    return LEFT_OUT;
  }
  const p = at;
  const tag = <u32>load<u8>(p);
  if (isText(tag)) return renderText();
  at = enter(p, end);
  if (failed(at)) return LEFT_OUT;
  if (entered != NO_CLASS) return renderObject(classNames(entered), depth);
  if (tag == 0x51) return renderContainer(containerAt(<u32>integer), depth);
  if (inside == KEY_OR_END) return renderMap(depth);
  if (inside != 0 || (tag & 0xf0) == 0x70 || (tag >= 0x55 && tag <= 0x58)) {
    return renderList(inside, depth);
  }
  if (isInteger(tag)) return integerAt(p).toString();
  if (isDouble(tag)) return jsonNumber(doubleAt(p));
  if (tag == 0x54) return "true";
  if (tag == 0x46) return "false";
  if (tag == 0x4e) return "null";
  if (tag == 0x4a) return (<i64>load64(p + 1)).toString();
  if (tag == 0x4b) return (<i64>(<i32>load32(p + 1)) * 60000).toString();
  return renderBinary(p);
}

function renderText(): string {
  const room = new RoomyMetadata();
  at = readText(at, end);
  if (failed(at)) return LEFT_OUT;
  keepText(room);
  return jsonString(keptAt, keptLength);
}

function renderList(count: u32, depth: i32): string {
  const parts = new Array<string>();
  for (let left = count; left > 0 && !failed(at) && at < end;) {
    if (count != UNTIL_END) left--;
    else if (load<u8>(at) == 0x5a) break;
    parts.push(render(depth + 1));
  }
  if (count == UNTIL_END && !failed(at)) at++;
  return "[" + parts.join(",") + "]";
}

function renderMap(depth: i32): string {
  const parts = new Array<string>();
  while (!failed(at) && at < end && load<u8>(at) != 0x5a) {
    const key = render(depth + 1);
    parts.push(jsonText(key) + ":" + render(depth + 1));
  }
  if (!failed(at)) at++;
  return "{" + parts.join(",") + "}";
}

function renderObject(names: usize, depth: i32): string {
  const parts = new Array<string>();
  const fields = inside;
  const room = new RoomyMetadata();
  for (let i: u32 = 0; i < fields && !failed(names) && !failed(at) && at < end; i++) {
    names = readText(names, bodyEnd);
    if (failed(names)) break;
    keepText(room);
    const name = jsonString(keptAt, keptLength);
    parts.push(name + ":" + render(depth + 1));
  }
  return "{" + parts.join(",") + "}";
}

/** Renders what a reference refers to, and goes on behind the reference. */
function renderContainer(p: usize, depth: i32): string {
  const next = at;
  const last = end;
  at = p;
  end = bodyEnd;
  const text = p == 0 ? LEFT_OUT : render(depth + 1);
  at = next;
  end = last;
  return text;
}

/** Renders the binary, of any number of chunks, between `p` and `at`. */
function renderBinary(p: usize): string {
  const bytes = new StaticArray<u8>(<i32>(at - p));
  let n: u32 = 0;
  while (p < at) {
    const tag = <u32>load<u8>(p);
    let length: u32;
    if ((tag & 0xf0) == 0x20) {
      length = tag & 0x0f;
      p += 1;
    } else if ((tag & 0xfc) == 0x34) {
      length = ((tag & 3) << 8) | (<u32>load<u8>(p + 1));
      p += 2;
    } else {
      length = load16(p + 1);
      p += 3;
    }
    memory.copy(changetype<usize>(bytes) + n, p, length);
    n += length;
    p += length;
  }
  return jsonBytes(bytes.slice<StaticArray<u8>>(0, <i32>n));
}
