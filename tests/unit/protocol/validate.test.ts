/** `argot validate`, as a user runs it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { argot } from "../../support/cli.js";
import { examples } from "./support.js";

interface Output {
  ok: boolean;
  files: {
    file: string;
    ok: boolean;
    documents: Record<string, number>;
    problems: {
      severity: string;
      line: number;
      column: number;
      field: string;
      message: string;
      remedy: string;
    }[];
  }[];
}

describe("argot validate", () => {
  it("ends with 0 and names what is right", () => {
    const { status, stdout, stderr } = argot(
      "validate",
      ...examples,
      "tests/istio/good/by-hand.yaml",
    );
    assert.equal(stderr, "");
    assert.equal(status, 0);
    const lines = stdout.trim().split("\n");
    for (const [i, file] of examples.entries()) {
      assert.equal(lines[i], `${file}: ok (1 ApplicationProtocol)`);
    }
    assert.equal(
      lines.at(-1),
      "tests/istio/good/by-hand.yaml: ok (1 WasmPlugin; 5 of Istio or Kubernetes)",
    );
  });

  it("ends with 1 and a line for each mistake, in all files", () => {
    const bad = "tests/unit/bad/protocol-typo.yaml";
    const { status, stdout } = argot(
      "validate",
      bad,
      "nowhere.yaml",
      "tests/istio/good/by-hand.yaml",
    );
    assert.equal(status, 1);
    const [first = "", second = "", third = ""] = stdout.split("\n");
    const wrong =
      'is "dubo", which is none of `dubbo`, `awesomerpc`, `redis`, `kafka`, `thrift`, `bolt`, `brpc`, `motan2` and `trpc`';
    assert.equal(first, `${bad}:6:13: spec.protocol: ${wrong}. Did you mean \`dubbo\`?`);
    assert.match(second, /^nowhere\.yaml:1:1: can't be read \(ENOENT.*\)\. Check the path/);
    assert.match(third, /^tests\/istio\/good\/by-hand\.yaml: ok/);
  });

  it("prints the same as JSON", () => {
    const bad = "tests/unit/bad/second-document.yaml";
    const { status, stdout } = argot("validate", "--json", bad, "tests/istio/good/by-hand.yaml");
    assert.equal(status, 1);
    const { ok, files } = JSON.parse(stdout) as Output;
    assert.equal(ok, false);
    assert.deepEqual(
      files.map(({ ok }) => ok),
      [false, true],
    );
    assert.deepEqual(files[0]?.problems, [
      {
        severity: "error",
        file: bad,
        line: 16,
        column: 3,
        field: "spec.mdoe",
        message: "is a field that Argot does not know",
        remedy: "Did you mean `mode`?",
      },
    ]);
    assert.equal(files[1]?.documents.WasmPlugin, 1);
  });

  it("ends with 0 if there are warnings only", () => {
    const { status, stdout } = argot("validate", "--json", "tests/istio/bad/038-vs-rewrite.yaml");
    const { ok, files } = JSON.parse(stdout) as Output;
    assert.equal(status, 0);
    assert.equal(ok, true);
    assert.deepEqual(
      files[0]?.problems.map(({ severity, field }) => ({ severity, field })),
      [{ severity: "warning", field: "spec.http[0].rewrite" }],
    );
  });

  it("ends with 2 if no file is named", () => {
    assert.equal(argot("validate").status, 2);
  });
});
