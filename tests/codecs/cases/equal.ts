/** The filter's short cut for equal requests (assembly/filter/lanes/memo.ts) never errs. */
import assert from "node:assert/strict";
import { numbers } from "../../support/random.js";
import { mutate } from "../fuzz/mutate.js";
import type { Protocol } from "../protocol.js";
import { type Probe, Read } from "../support/probe.js";
import { type Case, isRouted, routed } from "./case.js";

const PAIRS = 20_000;
const WANTED = ["user", "path", "group", "interface", "timeout", "num", "traceId", "k1"];

/**
 * Whether `second` is taken for equal to `first`.
 * @throws if it is, but has other values, or none that can be read
 */
export function takenForEqual(probe: Probe, first: Buffer, second: Buffer): boolean {
  const { module } = probe;
  if (probe.readHead(first) !== Read.DONE || !isRouted(probe.head)) return false;
  if (probe.readMetadata(first.length, first.length) !== Read.DONE) return false;
  module.remember(probe.at, first.length);
  const values = probe.values;
  if (probe.measure(second) !== second.length) return false;
  if (probe.readHead(second) !== Read.DONE || !isRouted(probe.head)) return false;
  if (!module.matches(probe.at, second.length)) return false;
  assert.equal(probe.readMetadata(second.length, second.length), Read.DONE, hexes(first, second));
  assert.deepEqual(probe.values, values, hexes(first, second));
  return true;
}

function hexes(first: Buffer, second: Buffer): string {
  return `taken for equal:\n${first.toString("hex")}\n${second.toString("hex")}`;
}

function short(probe: Probe, protocol: Protocol): Buffer[] {
  const frames = routed(probe, protocol).map(({ frame }) => frame);
  return frames.filter(({ length }) => length <= 2048);
}

export const equal: Case[] = [
  {
    name: "equal requests are recognised, but for their ids",
    when: ({ recognises }) => recognises !== false,
    run(probe, { ids, request }) {
      for (const wanted of [[], ["user"]]) {
        probe.want(wanted);
        for (const id of ids) {
          const same = takenForEqual(probe, request(ids[0]!), request(id));
          // Ids of varying length may move what lies behind them.
          if (request(id).length === request(ids[0]!).length) assert.ok(same, `id ${id}`);
        }
      }
    },
  },
  {
    name: "requests that are taken for equal have equal values, however mutated",
    run(probe, protocol) {
      const pick = numbers(20_240_607);
      const frames = short(probe, protocol);
      let taken = 0;
      for (const wanted of [[], WANTED]) {
        probe.want(wanted);
        for (let i = 0; i < PAIRS; i++) {
          const first = frames[pick(frames.length)]!;
          const second = mutate(first, frames[pick(frames.length)]!, protocol, pick);
          if (takenForEqual(probe, first, second)) taken++;
        }
      }
      if (protocol.recognises !== false) assert.ok(taken > PAIRS / 100, `only ${taken} were equal`);
    },
  },
];
