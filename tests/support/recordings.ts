/** Frames that real peers sent (tests/fixtures), with what their framework's own library found. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../scripts/cli/paths.js";
import { parseExact, type Json } from "../../scripts/inspect/json.js";

/** What the framework's own library found in a frame; null or absent: it has none. */
export type Expected = Partial<Record<string, Json>>;

export interface Recorded {
  /** File, side and number. */
  name: string;
  frame: Buffer;
  fromServer: boolean;
  expected: Expected;
}

/** All frames in one folder of tests/fixtures (ARGOT_FIXTURES: of another such folder). */
export function recordings(folder: string): Recorded[] {
  const path = join(process.env.ARGOT_FIXTURES ?? join(packageRoot, "tests/fixtures"), folder);
  return readdirSync(path).flatMap((file) => {
    const text = readFileSync(join(path, file), "utf8");
    const connection = parseExact(text) as unknown as {
      expected: { request: Expected[]; response: Expected[] };
    } & Record<"request_hex" | "response_hex", string[]>;
    return (["request", "response"] as const).flatMap((side) =>
      connection[`${side}_hex`].map((hex, i) => ({
        name: `${file} ${side} ${i}`,
        frame: Buffer.from(hex, "hex"),
        fromServer: side === "response",
        expected: connection.expected[side][i]!,
      })),
    );
  });
}
