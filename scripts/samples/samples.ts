/** Samples: frames that their author recorded, and what is to be found in each. */
import { parseDocument } from "yaml";
import { UserError } from "../cli/error.js";
import { readText } from "../cli/file.js";
import { parseHex } from "../declared/words.js";
import { list, nearest, show } from "../protocol/wording.js";

/** What a frame may be expected to say of itself; null: nothing. */
export const FIELDS = [
  ...["kind", "id", "service", "method", "version", "group", "parameterTypes", "attachments"],
  ...["status", "isError", "errorMessage", "length"],
];

export interface Sample {
  /** For people; by default its place in the file. */
  title: string;
  bytes: Buffer;
  fromServer: boolean;
  expect: Record<string, unknown>;
}

const FORM =
  "Write a list, each `- frame: a1 1e 00 …` with `from: client` or `server` and `expect: { … }`.";

/**
 * Reads a file of samples.
 * @throws UserError with the first mistake
 */
export function loadSamples(file: string): Sample[] {
  const document = parseDocument(readText(file, FORM), { intAsBigInt: true });
  const [fault] = document.errors;
  if (fault !== undefined) throw new UserError(fault.message, { file, remedy: FORM });
  const values: unknown = document.toJS();
  if (!Array.isArray(values) || values.length === 0) {
    throw new UserError("holds no samples", { file, remedy: FORM });
  }
  return values.map((value: unknown, i) => readSample(value, file, i));
}

function readSample(value: unknown, file: string, index: number): Sample {
  const wrong = (field: string, message: string, remedy = FORM) =>
    new UserError(message, { file, field: `[${index}]${field}`, remedy });
  if (!isMap(value)) throw wrong("", `is ${show(value)}, no sample`);
  const { frame, from = "client", title = `sample ${index + 1}`, expect = {}, ...rest } = value;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw wrong(`.${unknown}`, "is a field that samples do not have");
  const hex = typeof frame === "string" ? parseHex(frame) : undefined;
  if (hex === undefined || hex === "") {
    throw wrong(".frame", "is no hex", 'Write pairs of hex digits in quotes, e.g. "a1 1e 00 05".');
  }
  if (from !== "client" && from !== "server") {
    throw wrong(".from", `is ${text(from)}`, "Write `client` or `server`.");
  }
  if (!isMap(expect)) throw wrong(".expect", `is ${text(expect)}, no map of fields`);
  for (const name of Object.keys(expect)) {
    if (FIELDS.includes(name)) continue;
    const near = nearest(name, FIELDS);
    const remedy =
      near === undefined ? `Choose from ${list(FIELDS)}.` : `Did you mean \`${near}\`?`;
    throw wrong(`.expect.${name}`, "is nothing that frames are asked for", remedy);
  }
  return {
    title: text(title),
    bytes: Buffer.from(hex, "hex"),
    fromServer: from === "server",
    expect,
  };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : show(value);
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
