/** The test suites, in the order in which they run: the quickest to fail first. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type Counter, countAsPect, countNodeTest } from "./count.js";

export interface Suite {
  name: string;
  description: string;
  /** The arguments of node. */
  args(root: string): string[];
  count: Counter;
  env?: Record<string, string>;
}

const assembly: Suite = {
  name: "assembly",
  description: "units of the filter, by as-pect",
  args: (root) => [join(root, "node_modules/@as-pect/cli/bin/asp"), "--no-logo", "--summary"],
  count: countAsPect,
};

const unit = nodeTests("unit", "units of the tools");
const codecs = nodeTests("codecs", "one list of cases, and a fuzzer, for every codec");
const host = nodeTests("host", "the host that stands in for Envoy in property tests");
const property = nodeTests("property", "properties of the built module, on generated input");
const simulator = nodeTests(
  "simulator",
  "lives of connections, many at once, with a model as oracle",
);
const endToEnd = nodeTests("e2e", "through a real Envoy");
const long = nodeTests("long", "through a real Envoy, for minutes");
const peers = nodeTests("peers", "real frameworks call each other through a real Envoy");
const istio = nodeTests("istio", "an unmodified Istio routes what kubectl applied");

export const shortSuites: readonly Suite[] = [
  assembly,
  unit,
  codecs,
  host,
  property,
  simulator,
  endToEnd,
];

/** The same properties on many times as much input, and what takes its time. */
export const longSuites: readonly Suite[] = [
  { ...property, env: { ARGOT_RUNS: process.env.ARGOT_RUNS ?? "20" } },
  long,
];

/** What needs Java, Go and more, and a network when it runs for the first time. */
export const peerSuites: readonly Suite[] = [peers];

/** What needs Linux, root and iptables, and Go and a network when it runs for the first time. */
export const istioSuites: readonly Suite[] = [istio];

/** A test that hangs must not hang the run: milliseconds, for one file of the long suite. */
const PATIENCE = 600_000;

/** The files `*.test.ts` of one folder of tests/, run by node's own runner. */
function nodeTests(folder: string, description: string): Suite {
  return {
    name: folder,
    description,
    args: (root) => [
      ...["--import", "tsx", "--test", "--test-reporter=spec", `--test-timeout=${PATIENCE}`],
      "--test-concurrency=2", // files wait a lot: for Envoys to start, for its statistics
      ...testFiles(join(root, "tests", folder)),
    ],
    count: countNodeTest,
  };
}

function testFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".test.ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
