/** What is described in protocols/ says of recorded frames what the codecs in code say. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { distDir } from "../../scripts/cli/paths.js";
import { Inspector } from "../../scripts/inspect/module.js";
import { programOf } from "../codecs/protocols/declared.js";
import { recordings } from "../support/recordings.js";

/** What a description does not reach: that is in the body, in a serialization of its own. */
const unreached: Record<string, string[]> = {
  dubbo: [
    ...["service", "method", "version", "group", "parameterTypes", "attachments", "laneKey"],
    ...["isError", "errorMessage"],
  ],
  bolt: ["errorMessage"],
};

const wasm = join(distDir, "inspect.wasm");

for (const [protocol, folder, atLeast] of [
  ["awesomerpc", "awesomerpc", 6],
  ["dubbo", "dubbo", 340],
  ["bolt", "bolt", 44],
  ["bolt", "sofarpc", 18],
  ["brpc", "brpc", 33],
  ["motan2", "motan2", 10],
  ["trpc", "trpc", 32],
] as const) {
  describe(`recorded frames: ${folder}, described and in code`, () => {
    it("all fields agree", () => {
      const coded = new Inspector(wasm, { protocol });
      const described = new Inspector(wasm, { protocol: programOf(protocol) });
      let compared = 0;
      for (const { name, frame, fromServer } of recordings(folder)) {
        const code = coded.inspect(frame, fromServer);
        const description = described.inspect(frame, fromServer);
        assert.ok("frame" in code, `${name}: ${code.json}`);
        if (code.frame.kind === "stream") {
          assert.ok("error" in description, `${name}: streams are for codecs in code`);
          continue;
        }
        assert.ok("frame" in description, `${name}: ${description.json}`);
        assert.deepEqual(but(description.frame, protocol), but(code.frame, protocol), name);
        compared++;
      }
      assert.ok(compared >= atLeast, `${compared} frames were compared`);
    });
  });
}

function but(frame: object, protocol: string): object {
  const without = unreached[protocol] ?? [];
  const isSaid = ([field, value]: [string, unknown]) => field !== "errorMessage" || value !== "";
  const kept = Object.entries(frame).filter(([field]) => !without.includes(field));
  return Object.fromEntries(kept.filter(isSaid));
}
