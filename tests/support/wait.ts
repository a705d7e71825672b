/** Waiting for conditions instead of for time. */
import { setTimeout as sleep } from "node:timers/promises";

export interface UntilOptions {
  /** Milliseconds after which waiting ends in an error. Default 10,000. */
  timeout?: number;
  /** What is waited for, for the error message. */
  what?: string;
  /** Milliseconds between two looks. Default 10. */
  every?: number;
}

/**
 * Waits until `condition` answers something truthy, and returns that. An error that it throws
 * counts as "not yet" and becomes the cause of the timeout's error.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  { timeout = 10_000, what = condition.toString(), every = 10 }: UntilOptions = {},
): Promise<NonNullable<T>> {
  const end = performance.now() + timeout;
  let cause: unknown;
  for (;;) {
    try {
      const answer = await condition();
      if (answer) return answer;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() >= end) throw new Error(`no ${what} within ${timeout} ms`, { cause });
    await sleep(every);
  }
}

/** `promise`, or an error that names `what` after `timeout` milliseconds. */
export async function within<T>(promise: Promise<T>, timeout: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${timeout} ms`)), timeout);
  });
  try {
    return await Promise.race([promise, expiry]);
  } finally {
    clearTimeout(timer);
  }
}
