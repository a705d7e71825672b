/** One case of the shared list, and what all of them need. */
import assert from "node:assert/strict";
import type { Protocol, Sample } from "../protocol.js";
import { type Head, Part, type Probe, Read } from "../support/probe.js";

export interface Case {
  /** What holds; documents name it behind the protocol's name. */
  name: string;
  /** For which protocols; default: all. */
  when?: (protocol: Protocol) => boolean;
  run: (probe: Probe, protocol: Protocol) => void;
}

/** Whether the filter reads the metadata of such a frame. */
export function isRouted({ kind, part }: Head): boolean {
  return kind === "request" || kind === "oneway" || (kind === "stream" && (part & Part.BEGINS) > 0);
}

/** Reads all that a good frame has. @throws if it is not one */
export function read(probe: Probe, frame: Buffer, fromServer: boolean, name = "frame"): Head {
  assert.equal(probe.measure(frame), frame.length, `${name}: length`);
  assert.equal(probe.readHead(frame, fromServer), Read.DONE, `${name}: head`);
  const result = probe.head.reply
    ? probe.module.readReply(probe.at, frame.length)
    : probe.readMetadata(frame.length, frame.length);
  assert.equal(result, Read.DONE, `${name}: contents`);
  return probe.head;
}

/** The client's frames that are routed, with what their heads say. */
export function routed(probe: Probe, { samples }: Protocol): (Sample & { head: Head })[] {
  return samples
    .filter(({ fromServer }) => !fromServer)
    .map((sample) => ({ ...sample, head: read(probe, sample.frame, false, sample.name) }))
    .filter(({ head }) => isRouted(head));
}

/** Where a frame of `n` bytes is split: everywhere, but in the middle of long ones. */
export function splits(n: number): number[] {
  const all = Array.from({ length: n + 1 }, (_, i) => i);
  return all.filter((i) => i < 400 || i > n - 40 || i % 997 === 0);
}
