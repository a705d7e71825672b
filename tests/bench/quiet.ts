/**
 * Times of loops on a machine that may be busy with something else. Between two rounds of a loop
 * runs one of a reference in which no codec has a part: how much longer that takes than on a quiet
 * machine tells how much of the loop's time is the machine's.
 */
import type { Probe } from "../codecs/support/probe.js";

/** Runs what is measured so many times. */
export type Loop = (times: number) => void;

export interface Taken {
  /** Nanoseconds of one time, the median of a series. */
  ns: number;
  /** What they were on a quiet machine, by the reference. */
  quiet: number;
}

/** Short rounds, so that most of them are not interrupted. */
const TIMES = 500;
const ROUNDS = 61;
const SERIES = 7;
/** V8 has compiled all at its best after so many rounds. */
const WARM_UP = 400;

/** Bytes of the reference, and the nanoseconds that it takes for them on a quiet machine. */
const REFERENCE_BYTES = 256;
const REFERENCE_QUIET = 287;

/** The reference in the module of `probe`. */
export function referenceOf({ module }: Probe): Loop {
  const p = module.allocate(2 * REFERENCE_BYTES);
  const letters = Buffer.alloc(REFERENCE_BYTES, "The quick brown Fox jumps over the lazy Dog. ");
  Buffer.from(module.memory.buffer, p, REFERENCE_BYTES).set(letters);
  return (times) => module.loopReference(p, REFERENCE_BYTES, times);
}

/** What `loop` takes: the series in which it took least. */
export function timeOf(loop: Loop, reference: Loop): Taken {
  const [first, ...others] = interleaved([loop, reference]).map(([ns, by]): Taken => {
    return { ns: round(ns!), quiet: round(ns! / Math.max(1, by! / REFERENCE_QUIET)) };
  });
  return others.reduce((least, taken) => (taken.quiet < least.quiet ? taken : least), first!);
}

/** How many times as long as `other` `loop` takes: of each, the series in which it took least. */
export function ratioOf(loop: Loop, other: Loop): number {
  const series = interleaved([loop, other]);
  const [a, b] = [0, 1].map((i) => Math.min(...series.map((times) => times[i]!)));
  return Math.round((100 * a!) / b!) / 100;
}

/** The median of each loop's rounds, series by series; rounds of all loops take turns. */
function interleaved(loops: readonly Loop[]): number[][] {
  for (const loop of loops) for (let i = 0; i < WARM_UP; i++) loop(TIMES);
  return Array.from({ length: SERIES }, () => {
    const rounds = Array.from({ length: ROUNDS }, () => loops.map(timeOfRound));
    return loops.map((_, i) => median(rounds.map((times) => times[i]!)));
  });
}

function timeOfRound(loop: Loop): number {
  const start = process.hrtime.bigint();
  loop(TIMES);
  return Number(process.hrtime.bigint() - start) / TIMES;
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[times.length >> 1]!;
}

function round(ns: number): number {
  return Math.round(ns * 10) / 10;
}
