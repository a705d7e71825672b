/** JSON whose whole numbers stay exact: beyond 2^53 they become bigint. */

export type Json = null | boolean | number | bigint | string | Json[] | { [name: string]: Json };

const stringOrNumber = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const mark = "\u0000whole:";

/** Like JSON.parse, but no whole number loses digits. */
export function parseExact(text: string): Json {
  const marked = text.replace(stringOrNumber, (token) =>
    /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token))
      ? `"\\u0000whole:${token}"`
      : token,
  );
  return JSON.parse(marked, (_name, value: unknown) =>
    typeof value === "string" && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value,
  ) as Json;
}

/** Like JSON.stringify, but takes what `parseExact` gives. */
export function stringifyExact(value: Json): string {
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return `[${value.map(stringifyExact).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}:${stringifyExact(member)}`,
  );
  return `{${members.join(",")}}`;
}
