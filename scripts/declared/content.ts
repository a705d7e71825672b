/** What a reply puts into its fields: numbers, and the contents of its parts. */
import type { Path } from "../protocol/problem.js";
import { show } from "../protocol/wording.js";
import { Wrong } from "./findings.js";
import type { Attachments, NumberValue, Piece } from "./model.js";
import type { RawReply } from "./raw.js";
import { parseHex } from "./words.js";

type RawValue = RawReply[string];

/** `copy`, `id`, `http`, a number, or numbers by HTTP status with a `default`. */
export function readNumberValue(raw: RawValue, name: string, path: Path): NumberValue {
  if (typeof raw === "number") return { constant: raw };
  if (raw === "copy") return { copy: name };
  if (raw === "id") return { id: true };
  if (raw === "http") return { http: true };
  if (typeof raw === "string") {
    const remedy = "Write a number, `copy`, `id`, `http`, or numbers by HTTP status.";
    throw new Wrong(path, `is ${show(raw)}, no number`, remedy);
  }
  const { default: otherwise, ...rest } = raw;
  if (otherwise === undefined)
    throw new Wrong(path, "has no `default`", "Say which number stands for all others.");
  const status = Object.entries(rest).map(([http, is]) => ({ http: Number(http), is }));
  const foreign = Object.keys(rest).find((http) => !/^[1-5]\d\d$/.test(http));
  if (foreign === undefined) return { status, otherwise };
  throw new Wrong([...path, foreign], "is no HTTP status", "Write one from 100 to 599.");
}

/** `message`, `hessian message`, `hex <bytes>` or `text …$message…$json…$http`. */
export function readContent(raw: RawValue, path: Path): Piece[] {
  if (raw === "message") return [{ message: "plain" }];
  if (raw === "hessian message") return [{ message: "hessian" }];
  const [, word, rest = ""] = /^(hex|text) (.*)$/s.exec(typeof raw === "string" ? raw : "") ?? [];
  const hex = word === "hex" ? parseHex(rest) : undefined;
  if (hex !== undefined) return [{ hex }];
  if (word !== "text") {
    const forms = "`message`, `hessian message`, `hex <bytes>` or `text …$message…`";
    throw new Wrong(path, `is ${show(raw)}, no bytes`, `Write ${forms}.`);
  }
  return rest
    .split(/(\$message|\$json|\$http)/)
    .filter((piece) => piece !== "")
    .map((piece): Piece => {
      if (piece === "$message") return { message: "plain" };
      if (piece === "$json") return { message: "json" };
      if (piece === "$http") return { decimal: { http: true } };
      return { hex: Buffer.from(piece).toString("hex") };
    });
}

/** A tree of protobuf fields: a number's value, bytes, or further fields. */
export type Fields = Map<number, FieldValue>;
export type FieldValue = Fields | { varint: NumberValue } | { content: Piece[] };

/** The message, its fields in the order of their numbers. */
export function messageOf(fields: Fields): Piece[] {
  return [...fields]
    .toSorted(([a], [b]) => a - b)
    .flatMap(([number, value]): Piece[] => {
      const tag = (wireType: number) => ({ hex: varintHex(number * 8 + wireType) });
      if (!(value instanceof Map) && "varint" in value) return [tag(0), value];
      const content = value instanceof Map ? messageOf(value) : value.content;
      return [tag(2), { prefix: { varint: true }, content }];
    });
}

function varintHex(value: number): string {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return Buffer.from([...bytes, value]).toString("hex");
}

/** An attachment as the protocol writes it; undefined: it has no place for any. */
export function attachmentIn(
  where: Attachments | undefined,
  name: string,
  content: Piece[],
): { target: string; content: Piece[] } | undefined {
  if (where === undefined || "name" in where) return undefined;
  const text: Piece = { hex: Buffer.from(name).toString("hex") };
  if ("map" in where) {
    const entry: Fields = new Map<number, FieldValue>([
      [1, { content: [text] }],
      [2, { content }],
    ]);
    return { target: where.map, content: messageOf(entry) };
  }
  if ("lines" in where) {
    const end: Piece = { hex: "0a" };
    return { target: where.lines, content: [text, end, ...content, end] };
  }
  const pair: Piece[] = [
    { prefix: where.nameLength, content: [text] },
    { prefix: where.valueLength, content },
  ];
  return { target: where.pairs, content: pair };
}
