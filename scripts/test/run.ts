/** Runs one suite as a child process. */
import { spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { messageOf } from "../cli/error.js";
import { hasColour, note } from "../cli/output.js";
import type { Totals } from "./count.js";
import type { Suite } from "./suites.js";

export type { Totals } from "./count.js";

/**
 * Runs a suite, passing its output on. A suite that breaks off, ends with an error after its last
 * test, or has no tests counts as one failure.
 * @param root the project
 */
export async function runSuite(suite: Suite, root: string): Promise<Totals> {
  const fail = (why: string, passed = 0): Totals => {
    note(`✖ ${suite.name}: ${why}`);
    return { passed, failed: 1, skipped: 0 };
  };
  let args: string[];
  try {
    args = suite.args(root);
  } catch (error) {
    return fail(messageOf(error));
  }
  const { status, output } = await runNode(args, root, suite.env ?? {});
  const totals = suite.count(output);
  if (totals === undefined) return fail(`ended with status ${status} before its summary`);
  if (totals.passed + totals.failed === 0) return fail("there are no tests");
  if (status !== "0" && totals.failed === 0)
    return fail(`ended with status ${status}`, totals.passed);
  return totals;
}

interface Ended {
  status: string;
  output: string;
}

function runNode(args: string[], root: string, env: Record<string, string>): Promise<Ended> {
  const colour = hasColour(process.stdout);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, ...env, ...(colour && { FORCE_COLOR: "1" }) },
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const plain = stripVTControlCharacters(text);
      output += plain;
      process.stdout.write(colour ? text : plain);
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      resolve({ status: signal ?? String(code), output });
    });
  });
}
