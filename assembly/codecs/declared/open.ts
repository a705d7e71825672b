/** Finds a codec for tools, which hand over everything as text. */
import { parseJson } from "../../json/json";
import { clearComplaints } from "../../json/reader";
import { Codec } from "../codec";
import { codecFor } from "../registry";
import { readDescription } from "./read";

/**
 * The codec of a protocol's name, or of a program as JSON, `{ "name": …, "program": … }`.
 * @returns null: there is none of this name; the program can't be read, as `configError` says
 */
export function codecOf(text: string): Codec | null {
  clearComplaints();
  const json = text.startsWith("{") ? parseJson(text) : null;
  return json === null ? codecFor(text) : readDescription(json, "protocol");
}
