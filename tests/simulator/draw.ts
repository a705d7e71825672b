/** Draws lives and what happens in them. */
import { KEYS } from "../property/calls.js";
import { type Case, DEATHS, PLUGINS, SAYINGS, type Setup, type Step } from "./case.js";
import { type Call, MARK } from "./frames.js";
import type { Random } from "./random.js";

/** So many lives at once. */
const TOGETHER = 150;

/** A case of `count` lives, of which up to TOGETHER go on at the same time, step by step. */
export function drawCase(random: Random, count: number): Case {
  const lives: Setup[] = [];
  const steps: Step[] = [];
  const plans: Step[][] = [];
  const begin = (): void => {
    const setup = drawSetup(random);
    plans.push(drawPlan(random, setup, lives.push(setup) - 1));
  };
  while (lives.length < Math.min(count, TOGETHER)) begin();
  while (plans.length > 0) {
    const place = random.below(plans.length);
    const plan = plans[place]!;
    steps.push(plan.pop()!);
    if (plan.length > 0) continue;
    plans[place] = plans[plans.length - 1]!;
    plans.pop();
    if (lives.length < count) begin();
  }
  return { lives, steps };
}

/** Sizes around which something changes, and many small ones. */
const SMALL = [MARK, 7, 12, 20, 33, 60, 100];
const MIDDLE = [31, 200, 500, 900, 1023, 1024, 2000, 4000];
const LARGE = [8000, 16_100, 16_384, 33_000, 65_400, 66_000, 100_000];

function drawSize(random: Random): number {
  const kind = random.below(64);
  return random.pick(kind < 48 ? SMALL : kind < 62 ? MIDDLE : LARGE);
}

const FIRST_IDS = [
  [0, 0],
  [0, 0xffff_fff8],
  [0x7fff_ffff, 0xffff_fff8],
  [0xffff_ffff, 0xffff_fff8],
] as const;

function drawSetup(random: Random): Setup {
  const plugin = random.below(PLUGINS.length);
  const keys = random.between(1, KEYS.length);
  const calls = Array.from({ length: random.between(1, 14) }, () => drawCall(random, keys));
  if (random.oneIn(16)) {
    const at = random.below(calls.length + 1);
    calls.splice(at, 0, { kind: random.pick(["noise", "too long"] as const), key: 0, size: MARK });
  }
  const [idHigh, idLow] = random.pick(FIRST_IDS);
  const narrow = random.oneIn(3);
  return {
    plugin,
    calls,
    idHigh,
    idLow,
    ...(narrow
      ? {
          settings: {
            initialWindow: random.oneIn(2) ? random.between(40, 400) : random.below(70_000) + 40,
            ...(random.oneIn(4) && { maxFrameSize: random.pick([16_384, 20_000, 1 << 20]) }),
          },
        }
      : random.oneIn(8) && { settings: { maxConcurrentStreams: random.between(1, 4) } }),
    connectionWindow: narrow && random.oneIn(2) ? random.below(2) * 30_000 : 1 << 20,
    windows: narrow && random.oneIn(2) ? "late" : "at once",
    writes: random.pick(["frames", "all", "manual"] as const),
    halfClose: random.oneIn(3),
    ...(random.oneIn(3) && { weights: random.pick([0, 1, 50, 80, 99]) }),
    eager: random.oneIn(4),
  };
}

function drawCall(random: Random, keys: number): Call {
  const key = random.below(keys);
  const kind = random.below(48);
  if (kind >= 13) return { kind: "call", key, size: drawSize(random) };
  if (kind >= 4) return { kind: "oneway", key, size: drawSize(random) };
  if (kind >= 2) return { kind: "heartbeat", key: 0, size: MARK };
  return { kind: kind === 1 ? "response" : "unreadable", key: 0, size: MARK };
}

/** The steps of a life, the last one first. */
function drawPlan(random: Random, setup: Setup, life: number): Step[] {
  const fickle = PLUGINS[setup.plugin]!.fickle && random.oneIn(2);
  const wild = random.oneIn(2);
  const plan: Step[] = [fickle ? { life, do: "leave" } : { life, do: "settle" }];
  for (let n = random.between(6, 36); n > 0; n--) {
    plan.push(wild && random.oneIn(6) ? drawTrouble(random, life) : drawStep(random, life));
  }
  return plan;
}

function drawBytes(random: Random): number {
  const kind = random.below(8);
  return 1 + random.below(kind < 4 ? 60 : kind < 7 ? 1500 : 60_000);
}

function drawPieces(random: Random): number[] {
  if (!random.oneIn(3)) return [];
  return Array.from({ length: random.between(1, 4) }, () => random.between(1, 60));
}

function drawStep(random: Random, life: number): Step {
  const pick = random.below(8);
  const kind = random.below(32);
  if (kind < 5) return { life, do: "send", bytes: drawBytes(random) };
  if (kind < 11) return { life, do: "sendFrames", frames: random.between(1, 3) };
  if (kind < 21) {
    const cut = random.oneIn(6) ? { cut: random.below(40) } : {};
    return {
      life,
      do: "answer",
      pick,
      size: drawSize(random),
      pieces: drawPieces(random),
      ...cut,
    };
  }
  if (kind < 25) return { life, do: "flush", bytes: drawBytes(random) };
  if (kind < 28) return { life, do: "grant", pick, bytes: drawBytes(random) };
  if (kind < 30) {
    const ms = random.oneIn(8) ? random.below(60) : random.below(4);
    return { life, do: "wait", ms };
  }
  if (kind === 30) return { life, do: "ping" };
  return { life, do: "say", pick, what: random.pick(SAYINGS) };
}

function drawTrouble(random: Random, life: number): Step {
  const pick = random.below(8);
  const kind = random.below(16);
  if (kind < 11) return { life, do: "kill", pick, how: random.pick(DEATHS) };
  if (kind < 14) return { life, do: "window", bytes: drawBytes(random) + 40 };
  return { life, do: random.oneIn(2) ? "notice" : "goaway" };
}
