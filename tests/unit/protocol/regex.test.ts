/** What `argot validate` says of expressions, against the filter's own parser in the real module. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import fc from "fast-check";
import { RE2JS } from "re2js";
import { filterRegexFault } from "../../../scripts/protocol/filter-regex.js";
import { Vm } from "../../host/vm.js";

let vm: Vm;

/** Does the filter load a configuration with this expression? */
function filterTakes(regex: string): boolean {
  const match = [{ key: "method", regex }];
  const connection = { rules: [{ match, clusters: [{ name: "a" }] }] };
  const id = vm.configure(JSON.stringify({ protocol: "dubbo", mode: "connection", connection }));
  if (id === null) assert.match(vm.logs.at(-1) ?? "", /connection\.rules\[0\]\.match\[0\]\.regex/);
  return id !== null;
}

function isRe2(regex: string): boolean {
  try {
    RE2JS.compile(regex);
    return true;
  } catch {
    return false;
  }
}

describe("an expression for mode connection", () => {
  before(() => {
    vm = new Vm();
  });

  it("may have what the filter can do", () => {
    for (const regex of [
      ...[
        "",
        "a",
        "a|b|",
        "^a$",
        "(a|b)*c+?",
        "(?:ab){2,3}",
        "a{2}",
        "a{2,}",
        "a??",
        "[]a]",
        "[^]]",
      ],
      ...[
        "[a-z0-9_.-]+",
        "\\d\\w\\s\\D\\W\\S",
        "[\\d\\-x]",
        "\\.\\{\\}",
        "\\n\\r\\t",
        "ä+",
        "[a-ü]",
      ],
      ...["a{1000}", "(?:a{99}b){10}", `${"(".repeat(49)}a${")".repeat(49)}`, "}", "]"],
    ]) {
      assert.ok(isRe2(regex), `${regex} is RE2`);
      assert.equal(filterRegexFault(regex), null, regex);
      assert.ok(filterTakes(regex), `the filter takes ${regex}`);
    }
  });

  it("may not have what RE2 can do and the filter can't", () => {
    for (const regex of [
      ...["(?i)a", "(?P<n>a)", "\\bx", "\\Aa\\z", "\\pL", "\\x41", "\\Qa.b\\E", "\\a", "[\\x41]"],
      ...["a{", "{", "a{,3}", "a{x}", "^*a", "$+", "^{1}"],
      ...["a{1000}b{1000}", "(?:[a-z]?){1000}", `${"(".repeat(50)}a${")".repeat(50)}`],
    ]) {
      assert.ok(isRe2(regex), `${regex} is RE2`);
      assert.notEqual(filterRegexFault(regex), null, regex);
      assert.ok(!filterTakes(regex), `the filter refuses ${regex}`);
    }
  });

  it("may not have named classes, which the filter would read as something else", () => {
    assert.match(filterRegexFault("[[:alpha:]]") ?? "", /named class/);
  });

  it("is taken by the filter if and only if it is RE2 and nothing is said against it", () => {
    const piece = fc.constantFrom(
      ...["a", "b", "ä", "-", ".", "|", "(", "(?:", ")", "[", "]", "^", "$", "*", "+", "?", ","],
      ...["{2}", "{0,3}", "{1,}", "{", "}", "\\", "\\d", "\\W", "\\.", "\\b", "[a-c]", "[^x]", "3"],
    );
    const expression = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(expression, (regex) => {
        if (!isRe2(regex)) return;
        assert.equal(filterTakes(regex), filterRegexFault(regex) === null, regex);
      }),
      { numRuns: 2_000 },
    );
  });
});
