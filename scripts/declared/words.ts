/** The small forms of text in a description: types, sums, bytes. */
import type { Prefix } from "./model.js";

/** What stands for an element without its name. */
export type TypeWord =
  | { type: "number"; size: 1 | 2 | 3 | 4 | 8; signed: boolean }
  | { type: "varint" }
  | { type: "constant"; hex: string }
  | { type: "bytes"; size: SumWord }
  | { type: "rest" }
  | { type: "prefixed"; prefix: "varint" | 1 | 2 | 3 | 4 };

/** A sum before its names are known to exist. */
export interface SumWord {
  add: number;
  terms: { name: string; times: number }[];
}

export const FORMS = "u8, u16, u24, u32, u64, i8 … i64, varint, hex <bytes> or bytes <length>";

/** Names that mean something by themselves, and so name no element. */
export const RESERVED =
  /^([ui](8|16|24|32|64)|varint|hex|bytes|rest|from|attachment|text|number|none)$/;

const NUMBER = /^([ui])(8|16|24|32|64)$/;
const SIZES = { 8: 1, 16: 2, 24: 3, 32: 4, 64: 8 } as const;
/** Numbers in a description stay far from what 32 bits hold, so that sums never overflow. */
export const MOST_BYTES = 1 << 30;
const MOST_TIMES = 65535;
const MOST_TERMS = 8;

/** @returns undefined: it has none of the forms */
export function parseType(text: string): TypeWord | undefined {
  const [word = "", ...rest] = text.trim().split(/\s+/);
  const number = numberSize(word);
  if (number !== undefined && rest.length === 0) return { type: "number", ...number };
  if (word === "varint" && rest.length === 0) return { type: "varint" };
  if (word === "hex") {
    const hex = parseHex(rest.join(""));
    return hex === undefined || hex === "" ? undefined : { type: "constant", hex };
  }
  if (word !== "bytes" || rest.length === 0) return undefined;
  const what = rest.join(" ");
  if (what === "rest") return { type: "rest" };
  const prefix = parsePrefix(what);
  if (prefix !== undefined) return { type: "prefixed", prefix };
  const size = parseSum(what);
  return size && { type: "bytes", size };
}

function numberSize(word: string) {
  const [, sign, bits] = NUMBER.exec(word) ?? [];
  if (bits === undefined) return undefined;
  return { size: SIZES[Number(bits) as keyof typeof SIZES], signed: sign === "i" };
}

/** `varint`, or the bytes of `u8`, `u16`, `u24` or `u32`. */
export function parsePrefix(word: string): "varint" | 1 | 2 | 3 | 4 | undefined {
  if (word === "varint") return "varint";
  const number = numberSize(word);
  return number === undefined || number.signed || number.size === 8 ? undefined : number.size;
}

export function toPrefix(word: "varint" | 1 | 2 | 3 | 4, little: boolean): Prefix {
  return word === "varint" ? { varint: true } : { size: word, little };
}

/** Numbers, names and `number * name`, with + between them. */
export function parseSum(text: string | number): SumWord | undefined {
  const sum: SumWord = { add: 0, terms: [] };
  for (const part of String(text).split("+")) {
    const [, times, name] = /^\s*(?:(\d+)\s*\*\s*)?([A-Za-z]\w*)\s*$/.exec(part) ?? [];
    if (name !== undefined) sum.terms.push({ name, times: Number(times ?? 1) });
    else if (/^\s*\d+\s*$/.test(part)) sum.add += Number(part);
    else return undefined;
  }
  const sound =
    sum.add <= MOST_BYTES &&
    sum.terms.length <= MOST_TERMS &&
    sum.terms.every(({ times }) => times >= 1 && times <= MOST_TIMES);
  return sound ? sum : undefined;
}

/** Hex digits in pairs, without the spaces between them. */
export function parseHex(text: string): string | undefined {
  const digits = text.replace(/\s/g, "").toLowerCase();
  return /^([0-9a-f]{2})*$/.test(digits) ? digits : undefined;
}

/** How many bits of a mask are set. */
export function bitsOf(mask: number): number {
  return BigInt(mask).toString(2).replaceAll("0", "").length;
}
