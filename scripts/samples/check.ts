/** Holds what a codec finds in a sample against what its author expects. */
import { type Json, parseExact, stringifyExact } from "../inspect/json.js";
import type { Inspector } from "../inspect/module.js";
import { isMap, type Sample } from "./samples.js";

export interface Difference {
  /** E.g. `method` or `attachments.user`; empty: the frame as a whole. */
  field: string;
  expected: string;
  found: string;
}

/** All in which a sample is not as expected; none: it is. */
export function check(sample: Sample, inspector: Inspector): Difference[] {
  const early = firstRefusal(sample.bytes, inspector);
  if (early !== undefined) {
    return [{ field: "", expected: "a frame", found: `refused after ${early} bytes` }];
  }
  const seen = inspector.inspect(sample.bytes, sample.fromServer);
  if ("error" in seen) return [{ field: "", expected: "a frame", found: seen.error }];
  const { requestId, ...frame } = parseExact(seen.json) as Record<string, unknown>;
  return compare("", sample.expect, { ...frame, id: requestId });
}

/** After how many bytes it is clear that these are no frame; undefined: they may be one. */
function firstRefusal(bytes: Buffer, inspector: Inspector): number | undefined {
  for (let n = 1; n <= bytes.length; n++) {
    if (inspector.refuses(bytes.subarray(0, n))) return n;
  }
  return undefined;
}

function compare(prefix: string, expected: object, found: Record<string, unknown>): Difference[] {
  return Object.entries(expected).flatMap(([name, value]: [string, unknown]): Difference[] => {
    const field = prefix + name;
    const other = found[name];
    if (isMap(value)) return compare(`${field}.`, value, isMap(other) ? other : {});
    return word(value) === word(other)
      ? []
      : [{ field, expected: word(value), found: word(other) }];
  });
}

/** A value as people write it: numbers and texts are alike. */
function word(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  return typeof value === "string" ? value : stringifyExact(value as Json);
}
