/** The parts of the demonstration that only compute. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseEntry, subsetOf } from "../../../scripts/start/access-log.js";
import { Checks } from "../../../scripts/start/checks.js";
import { splitLine } from "../../../scripts/start/screen.js";

describe("a line of the access log", () => {
  it("is read as its fields", () => {
    const entry = parseEntry(
      'lane="greeter-20880" path="/a/b" attachment.user="-" rule="split" cluster="a|1|v1" ms="3"',
    );
    assert.deepEqual(entry, {
      lane: "greeter-20880",
      path: "/a/b",
      "attachment.user": "-",
      rule: "split",
      cluster: "a|1|v1",
      ms: "3",
    });
    assert.equal(parseEntry('connection="a" rule="b c"')?.rule, "b c");
  });

  it("is told from other lines", () => {
    assert.equal(parseEntry("[2026-01-01][1][warning][config] lane=1"), null);
    assert.equal(parseEntry('my lane="a"'), null);
    assert.equal(parseEntry(""), null);
  });

  it("names the subset by its cluster", () => {
    assert.equal(subsetOf({ cluster: "greeter.example|20880|v1" }), "v1");
    assert.equal(subsetOf({ cluster: "-" }), "-");
    assert.equal(subsetOf({}), "-");
  });
});

describe("the split", () => {
  it("is shown as shares that add up to 100", () => {
    assert.match(
      splitLine("80/20", 3, 1, 0),
      /v1 █{18} +75 % {3}v2 █{6} +25 % {3}4 calls, 0 errors/,
    );
    assert.match(splitLine("80/20", 165, 35, 2), / 83 %.* 17 %.*200 calls, 2 errors/);
    assert.match(splitLine("80/20", 0, 0, 0), / 0 calls/);
  });
});

describe("the claims", () => {
  it("hold if all of a group hold", () => {
    const shown = (...oks: boolean[]) => {
      const checks = new Checks();
      for (const ok of oks) checks.add(ok, "a claim", "group");
      return checks.show();
    };
    assert.equal(shown(true, true), true);
    assert.equal(shown(true, false, true), false);
  });
});
