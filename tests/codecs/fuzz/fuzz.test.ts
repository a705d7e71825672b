/**
 * A short run of the fuzzer on every codec; `npm run fuzz` is the long one. ARGOT_SEED repeats a
 * run, ARGOT_RUNS multiplies the number of frames.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { protocols } from "../protocols.js";
import { Finding, keptOf, Target } from "./target.js";

const FRAMES = 30_000 * Number(process.env.ARGOT_RUNS ?? 1);
const SEED = Number(process.env.ARGOT_SEED ?? Date.now() % 1_000_000_000);

for (const protocol of protocols) {
  describe(`fuzz: ${protocol.name}`, () => {
    it("what was found once is not found again", () => {
      const target = new Target(protocol, SEED);
      for (const kept of keptOf(protocol.name)) {
        assert.equal(target.tryKept(kept), undefined, `${kept.about}: ${kept.hex}`);
      }
    });

    it("mutated frames neither trap nor are misread", () => {
      const target = new Target(protocol, SEED);
      try {
        for (let i = 0; i < FRAMES; i++) target.frame(i);
      } catch (error) {
        if (!(error instanceof Finding)) throw error;
        assert.fail(`seed ${SEED}, frame ${error.index}: ${JSON.stringify(error.kept)}`);
      }
      // All happens often, or the mutations are too weak or too strong to find anything.
      const { seen } = target;
      assert.ok(seen.read > FRAMES * 0.05, JSON.stringify(seen));
      assert.ok(seen.refused + seen.head + seen.incomplete > FRAMES * 0.05, JSON.stringify(seen));
    });
  });
}
