import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { UserError } from "../../scripts/cli/error.js";
import { packageRoot } from "../../scripts/cli/paths.js";
import type { Finding } from "../../scripts/doctor/findings.js";
import { countAsPect, countNodeTest } from "../../scripts/test/count.js";
import { argotIn, argotProgram, type Ended } from "../support/cli.js";

function argot(args: string[], env: NodeJS.ProcessEnv = {}): Ended {
  return argotIn({ env }, ...args);
}

describe("argot", () => {
  it("lists every command of scripts/commands in its help, with examples and statuses", () => {
    const { status, stdout } = argot(["--help"]);
    assert.equal(status, 0);
    for (const file of readdirSync(join(packageRoot, "scripts/commands"))) {
      const source = readFileSync(join(packageRoot, "scripts/commands", file), "utf8");
      const name = /new Command\("(\w+)"\)/.exec(source)?.[1];
      if (name !== undefined) assert.match(stdout, new RegExp(`^ {2}${name} `, "m"));
    }
    assert.match(stdout, /Examples:/);
    assert.match(stdout, /Exit status: 0 done, 1 .*, 2 wrong usage/);
  });

  it("has a help with examples for every command", () => {
    for (const name of ["build", "doctor", "envoy", "inspect", "run", "validate"]) {
      const { status, stdout } = argot([name, "--help"]);
      assert.equal(status, 0, name);
      assert.match(stdout, new RegExp(`Usage: argot ${name}`));
      assert.match(stdout, /Examples?:/, name);
    }
  });

  it("ends in silence when nobody reads any more, as in `argot --help | head -1`", () => {
    // `true` is gone long before the program has started.
    const line = '"$0" "$1" --help | true; exit "${PIPESTATUS[0]}"';
    const options = { encoding: "utf8" } as const;
    const { status, stderr } = spawnSync(
      "bash",
      ["-c", line, process.execPath, argotProgram],
      options,
    );
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
  });

  it("says its version", () => {
    const { version } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as {
      version: string;
    };
    assert.equal(argot(["--version"]).stdout.trim(), version);
  });

  it("ends with 2 on wrong usage", () => {
    const { status, stderr } = argot(["frobnicate"]);
    assert.equal(status, 2);
    assert.match(stderr, /unknown command 'frobnicate'/);
    assert.equal(argot(["doctor", "--frobnicate"]).status, 2);
  });

  it("prints errors with their remedy and without a stack, which ARGOT_DEBUG shows", () => {
    const { status, stdout, stderr } = argot(["build", "nothing.wasm"]);
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /^argot: dist\/ has no file nothing\.wasm\n {2}Choose from argot\.mjs/);
    assert.doesNotMatch(stderr, /\n\s+at /);
    assert.match(argot(["build", "nothing.wasm"], { ARGOT_DEBUG: "1" }).stderr, /\n\s+at /);
  });

  it("colours only where it is asked to without a terminal", () => {
    assert.doesNotMatch(argot(["build", "x"]).stderr, /\x1b/);
    assert.match(argot(["build", "x"], { FORCE_COLOR: "1" }).stderr, /\x1b\[31m/);
    assert.doesNotMatch(argot(["build", "x"], { FORCE_COLOR: "1", NO_COLOR: "1" }).stderr, /\x1b/);
  });
});

describe("argot doctor", () => {
  function findings(env: NodeJS.ProcessEnv): {
    status: number | null;
    byName: Map<string, Finding>;
  } {
    const { status, stdout } = argot(["doctor", "--json"], env);
    const list = JSON.parse(stdout) as Finding[];
    return { status, byName: new Map(list.map((finding) => [finding.name, finding])) };
  }

  it("finds what is there", () => {
    const { byName } = findings({});
    assert.equal(byName.get("Node.js")?.detail, process.versions.node);
    assert.equal(byName.get("Python")?.state, "ok");
    assert.ok(byName.has("dist/argot.wasm"));
    assert.ok(byName.has("Go"));
  });

  it("ends with 1 if something needed is missing, and says what to do", () => {
    const wrong = findings({ ARGOT_ENVOY: "/nowhere/envoy" });
    assert.equal(wrong.status, 1);
    const envoy = wrong.byName.get("Envoy");
    assert.equal(envoy?.state, "missing");
    assert.match(envoy.detail, /\/nowhere\/envoy does not exist/);
    assert.ok(envoy.remedy);
  });

  it("does not call an Envoy missing that the first run downloads", () => {
    const empty = mkdtempSync(join(tmpdir(), "argot-doctor-"));
    const env = { ARGOT_ENVOY: "", XDG_CACHE_HOME: empty };
    const { byName } = findings({ ...env, PATH: "/usr/bin:/bin" });
    const envoy = byName.get("Envoy");
    assert.equal(envoy?.state, "missing");
    assert.equal(envoy.needed, false);
    assert.equal(byName.get("Python")?.needed, true, "Python is needed to download it");
    rmSync(empty, { recursive: true });
  });
});

describe("UserError", () => {
  it("is plain data for --json", () => {
    const error = new UserError("wrong", {
      file: "a.yaml",
      field: "spec.mode",
      remedy: "Mend it.",
    });
    assert.deepEqual(JSON.parse(JSON.stringify(error)), {
      error: "wrong",
      file: "a.yaml",
      field: "spec.mode",
      remedy: "Mend it.",
    });
    assert.deepEqual(new UserError("wrong").toJSON(), { error: "wrong" });
  });
});

describe("test counts", () => {
  it("are read from node:test's summary, cancelled tests failing", () => {
    const summary =
      "ℹ tests 6\nℹ suites 1\nℹ pass 3\nℹ fail 1\nℹ cancelled 1\nℹ skipped 1\nℹ todo 0\n";
    assert.deepEqual(countNodeTest(summary), { passed: 3, failed: 2, skipped: 1 });
    assert.equal(countNodeTest("✔ one\n"), undefined);
  });

  it("are read from as-pect's summary", () => {
    const summary = "  [Summary]\n    [Tests]: 11 / 12\n   [Groups]: 4 / 4\n";
    assert.deepEqual(countAsPect(summary), { passed: 11, failed: 1, skipped: 0 });
    assert.equal(countAsPect("Using config"), undefined);
  });
});
