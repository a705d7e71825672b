/** Durations as Go writes them, e.g. "1h30m" or "1.5s". */

const seconds: Record<string, number> = {
  ...{ ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 },
};

/** A duration in seconds; undefined: it is none. */
export function parseDuration(text: string): number | undefined {
  if (!/^[-+]?(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, amount, unit = ""] of text.matchAll(/([\d.]+)([a-zµ]+)/g)) {
    sum += Number(amount) * (seconds[unit] ?? NaN);
  }
  return text.startsWith("-") ? -sum : sum;
}
