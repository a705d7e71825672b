/** Reads from what test runners print how many tests passed and failed. */

export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

/** Totals of a runner's output, without colours; undefined if it did not come to its summary. */
export type Counter = (output: string) => Totals | undefined;

/** `[Tests]: 12 / 13`, said once over all files. */
export const countAsPect: Counter = (output) => {
  const match = /\[Tests\]: (\d+) \/ (\d+)/.exec(output);
  if (match === null) return undefined;
  const passed = Number(match[1]);
  return { passed, failed: Number(match[2]) - passed, skipped: 0 };
};

/** `ℹ pass 12`, `ℹ fail 1`, … at the end of node:test's spec reporter. */
export const countNodeTest: Counter = (output) => {
  const of = (what: string): number | undefined => {
    const matches = [...output.matchAll(new RegExp(`^ℹ ${what} (\\d+)$`, "gm"))];
    const last = matches.pop()?.[1];
    return last === undefined ? undefined : Number(last);
  };
  const passed = of("pass");
  const failed = of("fail");
  if (passed === undefined || failed === undefined) return undefined;
  // A test that was cancelled, by a time limit say, has shown nothing.
  return {
    passed,
    failed: failed + (of("cancelled") ?? 0),
    skipped: (of("skipped") ?? 0) + (of("todo") ?? 0),
  };
};
