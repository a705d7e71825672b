/** How a described protocol becomes a codec, if this module interprets descriptions at all. */
import { Codec } from "./codec";
import { Json } from "../json/json";
import { complain } from "../json/reader";

type Reader = (json: Json, path: string) => Codec | null;

let reader: Reader | null = null;

/** From now on descriptions are read so. */
export function interpretDescriptions(read: Reader): void {
  reader = read;
}

/** The codec of the description at `path`; null: it is wrong, as `complain` is told. */
export function readDescribed(json: Json, path: string): Codec | null {
  const read = reader;
  if (read !== null) return read(json, path);
  complain(path, "is a description, and this module interprets none: compile it in");
  return null;
}
