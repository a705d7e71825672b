/** Clients that send at random times, however long answers take, as many independent users do. */
import { now } from "../node/caller.js";
import type { Window } from "./station.js";

/** Requests that are not measured are sent for so long before the window, in milliseconds. */
const WARM_UP = 500;

/**
 * Calls `send` at the times of a Poisson process until the window ends, and waits for all calls.
 * The times depend on the seed only: all paths get the same ones.
 * @param rate requests a second
 * @param send is told when it should have been called: a late timer is no excuse
 */
export async function atRandomTimes(
  rate: number,
  seed: number,
  { from, to }: Window,
  send: (due: number) => Promise<void>,
): Promise<void> {
  const random = generator(seed);
  const calls: Promise<void>[] = [];
  for (let due = from - WARM_UP; due < to; due -= (Math.log(1 - random()) * 1000) / rate) {
    const early = due - now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
    calls.push(send(due));
  }
  await Promise.all(calls);
}

/** Numbers from 0 to 1, without 1 (Lehmer's, modulus 2^31 - 1). */
function generator(seed: number): () => number {
  let state = 1 + seed * 7919;
  return () => (state = (state * 48271) % 0x7fffffff) / 0x7fffffff;
}
