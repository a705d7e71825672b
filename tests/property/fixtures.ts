/** Frames of real Dubbo peers (tests/fixtures/dubbo), and ways to spoil them. */
import fc from "fast-check";
import { readdirSync, readFileSync } from "node:fs";

const FOLDER =
  process.env.ARGOT_FIXTURES ?? new URL("../fixtures/dubbo/", import.meta.url).pathname;

interface Recording {
  request_hex: string[];
  response_hex: string[];
}

function load(): { requests: Buffer[]; responses: Buffer[] } {
  const requests: Buffer[] = [];
  const responses: Buffer[] = [];
  for (const name of readdirSync(FOLDER).sort()) {
    if (!name.endsWith(".json")) continue;
    const recording = JSON.parse(readFileSync(`${FOLDER}/${name}`, "utf8")) as Recording;
    requests.push(...recording.request_hex.map((hex) => Buffer.from(hex, "hex")));
    responses.push(...recording.response_hex.map((hex) => Buffer.from(hex, "hex")));
  }
  return { requests, responses };
}

/** All recorded frames, in the order of the files. */
export const recorded = load();

/** One change to some bytes; places are fractions, so that they fit any length. */
export const mutation = fc.record({
  how: fc.constantFrom(
    "flip" as const,
    "set" as const,
    "drop" as const,
    "repeat" as const,
    "truncate" as const,
    "length" as const,
  ),
  at: fc.oneof(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.constantFrom(0, 0.02, 0.05)),
  n: fc.nat({ max: 255 }),
});
export type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

export function mutate(bytes: Buffer, mutations: readonly Mutation[]): Buffer {
  let out: Buffer = Buffer.from(bytes);
  for (const { how, at, n } of mutations) {
    if (out.length === 0) break;
    const place = Math.floor(at * out.length);
    if (how === "flip") out[place] = (out[place] ?? 0) ^ (1 << (n & 7));
    else if (how === "set") out[place] = n;
    else if (how === "truncate") out = out.subarray(0, place);
    else if (how === "drop") out = Buffer.concat([out.subarray(0, place), out.subarray(place + n)]);
    else if (how === "repeat") {
      out = Buffer.concat([out.subarray(0, place + n), out.subarray(place)]);
    } else if (out.length >= 16) {
      // the declared length fits what is there, plus or minus a little, or is anything
      const length = n < 128 ? out.length - 16 + (n & 7) - 4 : n * 0x01010101;
      out.writeUInt32BE(Math.max(0, length) >>> 0, 12);
    }
  }
  return out;
}
