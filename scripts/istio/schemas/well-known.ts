/** The JSON form of protobuf's own messages: https://protobuf.dev/programming-guides/json/. */
import { show } from "../../protocol/wording.js";
import { isMap } from "../../protocol/maps.js";
import { checkScalar, type Fault } from "./scalars.js";

const wrappers: Record<string, string> = {
  ...{ BoolValue: "bool", StringValue: "string", BytesValue: "bytes" },
  ...{ Int32Value: "int32", UInt32Value: "uint32", Int64Value: "int64", UInt64Value: "uint64" },
  ...{ FloatValue: "float", DoubleValue: "double" },
};

/** @param type the full name, e.g. "google.protobuf.Duration" */
export function checkWellKnown(type: string, value: unknown): Fault | undefined {
  const name = type.slice("google.protobuf.".length);
  const scalar = wrappers[name];
  if (scalar !== undefined) return checkScalar(scalar, value);
  switch (name) {
    case "Duration":
      if (typeof value === "string" && /^-?\d+(\.\d{1,9})?s$/.test(value)) return undefined;
      return {
        message: `is ${show(value)}, which is no duration`,
        remedy: "Write seconds with an `s`, e.g. `5s` or `0.25s`: Envoy takes no other unit.",
      };
    case "Timestamp":
      if (typeof value === "string" && !Number.isNaN(Date.parse(value))) return undefined;
      return {
        message: `is ${show(value)}, which is no point in time`,
        remedy: 'Write it as RFC 3339 does, e.g. "2026-01-31T12:00:00Z".',
      };
    case "FieldMask":
      return checkScalar("string", value);
    case "Struct":
    case "Empty":
      if (isMap(value)) return undefined;
      return { message: `must be a map, but is ${show(value)}`, remedy: "Write names and values." };
    case "ListValue":
      if (Array.isArray(value)) return undefined;
      return { message: `must be a list, but is ${show(value)}`, remedy: "Write a list." };
    default:
      return undefined; // Value: whatever JSON can say.
  }
}
