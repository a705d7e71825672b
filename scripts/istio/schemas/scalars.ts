/** The JSON form of protobuf's scalars: https://protobuf.dev/programming-guides/json/. */
import { show } from "../../protocol/wording.js";

/** What is wrong with a value, before it is known where it stands. */
export interface Fault {
  message: string;
  remedy: string;
}

const ranges: Record<string, readonly [bigint, bigint]> = {};
for (const [bits, size] of [
  [32, 32n],
  [64, 64n],
] as const) {
  for (const name of ["int", "sint", "sfixed"]) {
    ranges[`${name}${bits}`] = [-(2n ** (size - 1n)), 2n ** (size - 1n) - 1n];
  }
  for (const name of ["uint", "fixed"]) ranges[`${name}${bits}`] = [0n, 2n ** size - 1n];
}

export function isScalar(type: string): boolean {
  return type in ranges || ["string", "bytes", "bool", "double", "float"].includes(type);
}

export function checkScalar(type: string, value: unknown): Fault | undefined {
  switch (type) {
    case "string":
      if (typeof value === "string") return undefined;
      return wrong(
        "text",
        value,
        isMapOrList(value) ? "Write text." : `Put it in quotes: "${String(value)}".`,
      );
    case "bytes":
      if (typeof value === "string" && /^[A-Za-z0-9+/_-]*={0,2}$/.test(value)) return undefined;
      return wrong("bytes in base64", value, "Encode it, e.g. with `base64`.");
    case "bool":
      if (typeof value === "boolean") return undefined;
      return wrong("true or false", value, "Write true or false, without quotes.");
    case "double":
    case "float":
      if (typeof value === "number") return undefined;
      if (typeof value === "string" && value !== "" && !/\s/.test(value)) {
        if (["NaN", "Infinity", "-Infinity"].includes(value) || !Number.isNaN(Number(value))) {
          return undefined;
        }
      }
      return wrong("a number", value, "Write a number without quotes.");
    default:
      return checkInteger(ranges[type] ?? [0n, 0n], value);
  }
}

function checkInteger([least, most]: readonly [bigint, bigint], value: unknown): Fault | undefined {
  const remedy = `Write a whole number from ${least} to ${most}, without quotes.`;
  const isWhole = typeof value === "number" && Number.isInteger(value);
  if (!isWhole && !(typeof value === "string" && /^-?\d+$/.test(value))) {
    return wrong("a whole number", value, remedy);
  }
  const number = BigInt(value);
  if (number >= least && number <= most) return undefined;
  return { message: `is ${show(value)}, but must be from ${least} to ${most}`, remedy };
}

function isMapOrList(value: unknown): boolean {
  return typeof value === "object";
}

function wrong(what: string, value: unknown, remedy: string): Fault {
  return { message: `must be ${what}, but is ${show(value)}`, remedy };
}
