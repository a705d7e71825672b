/**
 * Runs properties by node:test. What once failed is kept in cases.json, by the property's name,
 * and is tried first; a new failure prints its seed and the value to add there.
 *
 * ARGOT_RUNS multiplies the number of runs (default 1), ARGOT_SEED repeats a seed.
 */
import fc from "fast-check";
import { test } from "node:test";
import kept from "./cases.json" with { type: "json" };

const SCALE = Number(process.env.ARGOT_RUNS ?? "1");
const SEED = process.env.ARGOT_SEED;

/** `n` for the default suite, more in the long one. */
export function scaled(n: number): number {
  return Math.max(1, Math.round(n * SCALE));
}

/** A test that `holds` throws for no value of `values`; values must survive JSON. */
export function property<T>(
  name: string,
  runs: number,
  values: fc.Arbitrary<T>,
  holds: (value: T) => void,
): void {
  test(name, () => {
    const cases = (kept as Record<string, unknown[]>)[name] ?? [];
    cases.forEach((value, i) => {
      try {
        holds(value as T);
      } catch (e) {
        throw new Error(`kept case ${i} fails again: ${String(e)}`, { cause: e });
      }
    });
    const result = fc.check(fc.property(values, holds), {
      numRuns: scaled(runs),
      ...(SEED !== undefined && { seed: Number(SEED) }),
    });
    if (!result.failed) return;
    const value = JSON.stringify(result.counterexample?.[0]);
    const cause = result.errorInstance;
    throw new Error(
      `seed ${result.seed} (run ${result.numRuns}, shrunk ${result.numShrinks} times): ` +
        `${cause instanceof Error ? cause.message : String(cause)}\n` +
        `for cases.json: ${JSON.stringify(name)}: [${value}]`,
      { cause },
    );
  });
}

/** Cuts `bytes` after each of `sizes` in turn (and over again), for any chunking of a stream. */
export function chunks(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const out: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const n = Math.max(1, sizes[i % Math.max(1, sizes.length)] ?? bytes.length);
    out.push(bytes.subarray(at, at + n));
    at += n;
  }
  return out;
}

/** Sizes for `chunks`: single bytes, header-sized pieces, and large ones. */
export const chunkSizes = fc.array(
  fc.oneof(
    fc.integer({ min: 1, max: 20 }),
    fc.integer({ min: 1, max: 400 }),
    fc.integer({ min: 1, max: 40_000 }),
  ),
  { minLength: 1, maxLength: 12 },
);
