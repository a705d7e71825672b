/**
 * Runs the test suites one after the other and sums them up in a last plain line
 * `N passed, N failed`.
 *
 * `tsx scripts/test.ts [--long | --peers [--all] | --istio] [suite…]`; without suites, all of the
 * short ones, the long ones, those with real peers, or those with Istio. `--all` lets a peer fail
 * whose tools are missing.
 */
import { parseArgs } from "node:util";
import { note, paint, print } from "./cli/output.js";
import { packageRoot } from "./cli/paths.js";
import { runSuite, type Totals } from "./test/run.js";
import { istioSuites, longSuites, peerSuites, shortSuites } from "./test/suites.js";

const { values, positionals } = parseArgs({
  options: {
    long: { type: "boolean", default: false },
    peers: { type: "boolean", default: false },
    istio: { type: "boolean", default: false },
    all: { type: "boolean", default: false },
  },
  allowPositionals: true,
});
if (values.all) process.env.ARGOT_PEERS = "all";
const all = values.istio
  ? istioSuites
  : values.peers
    ? peerSuites
    : values.long
      ? longSuites
      : shortSuites;
const unknown = positionals.filter((name) => !all.some((suite) => suite.name === name));
if (unknown.length > 0) {
  note(`no suite ${unknown.join(", ")}; there are ${all.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}
const chosen = all.filter(({ name }) => positionals.length === 0 || positionals.includes(name));

const totals: Totals = { passed: 0, failed: 0, skipped: 0 };
const lines: string[] = [];
for (const suite of chosen) {
  print(paint("bold", `\n— ${suite.name}: ${suite.description}`));
  const started = Date.now();
  const { passed, failed, skipped } = await runSuite(suite, packageRoot);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  const mark = failed === 0 ? paint("green", "✔") : paint("red", "✖");
  const omitted = skipped > 0 ? `, ${skipped} skipped` : "";
  lines.push(
    `${mark} ${suite.name.padEnd(10)} ${passed} passed, ${failed} failed${omitted} (${seconds} s)`,
  );
  totals.passed += passed;
  totals.failed += failed;
}
print(`\n${lines.join("\n")}`);
print(`${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = totals.failed === 0 ? 0 : 1;
