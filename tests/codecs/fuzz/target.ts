/** The fuzz target of one codec: frames that depend on a seed and a number, and nothing else. */
import { join } from "node:path";
import { existsSync, readFileSync } from "node:fs";
import { distDir, packageRoot } from "../../../scripts/cli/paths.js";
import { Inspector } from "../../../scripts/inspect/module.js";
import { numbers } from "../../support/random.js";
import type { Protocol } from "../protocol.js";
import { Probe } from "../support/probe.js";
import { examine, examinePair, type Outcome, WANTED } from "./examine.js";
import { mutate } from "./mutate.js";

/** Longer frames are mostly one string: they would only take time. */
const LONGEST = 4096;
/** Every so many frames are also inspected as `argot inspect` does. */
const INSPECTED = 64;
/** How often a kept frame is examined: other things are tried each time. */
const KEPT_TRIES = 64;

/** Something that was found, as the corpus keeps it. */
export interface Kept {
  about: string;
  hex: string;
  fromServer: boolean;
  /** The request that came before, if it matters. */
  before?: string;
}

export class Finding extends Error {
  constructor(
    readonly kept: Kept,
    readonly index: number,
  ) {
    super(kept.about);
  }
}

export class Target {
  private probe: Probe;
  private readonly inspector: Inspector | undefined;
  private readonly seeds: { frame: Buffer; fromServer: boolean }[];
  private readonly others: Buffer[];
  seen: Record<Outcome | "equal", number> = {
    ...{ refused: 0, incomplete: 0, head: 0, read: 0, equal: 0 },
  };

  constructor(
    private readonly protocol: Protocol,
    private readonly seed: number,
  ) {
    this.probe = this.open();
    // Protocols of debug builds can't be inspected.
    this.inspector = protocol.inspected === false ? undefined : this.openInspector();
    this.seeds = protocol.samples.filter(({ frame }) => frame.length <= LONGEST);
    this.others = this.seeds.map(({ frame }) => frame);
  }

  /** @throws Finding */
  frame(index: number): void {
    const pick = numbers(
      (Math.imul(this.seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0,
    );
    const { frame, fromServer } = this.seeds[pick(this.seeds.length)]!;
    const other = this.others[pick(this.others.length)]!;
    const bytes = mutate(frame, other, this.protocol, pick);
    const side = pick(8) === 0 ? !fromServer : fromServer;
    const pair = !side && pick(4) === 0 ? frame : undefined;
    const kept = { hex: bytes.toString("hex"), fromServer: side };
    try {
      this.seen[examine(this.probe, this.protocol, bytes, side, pick)]++;
      if (index % INSPECTED === 0) this.inspector?.inspect(bytes, side);
    } catch (error) {
      this.probe = this.open();
      throw new Finding({ about: about(error), ...kept }, index);
    }
    try {
      if (pair && examinePair(this.probe, pair, bytes)) this.seen.equal++;
    } catch (error) {
      this.probe = this.open();
      throw new Finding({ about: about(error), ...kept, before: pair!.toString("hex") }, index);
    }
  }

  /** Tries what once was found. @returns what is wrong with it now */
  tryKept({ hex, fromServer, before }: Kept): string | undefined {
    const bytes = Buffer.from(hex, "hex");
    try {
      for (let i = 0; i < KEPT_TRIES; i++)
        examine(this.probe, this.protocol, bytes, fromServer, numbers(i));
      if (before !== undefined) examinePair(this.probe, Buffer.from(before, "hex"), bytes);
      this.inspector?.inspect(bytes, fromServer);
      return undefined;
    } catch (error) {
      this.probe = this.open();
      return about(error);
    }
  }

  private open(): Probe {
    const { name, opener, module } = this.protocol;
    const probe = new Probe(name, opener, module);
    probe.want(WANTED);
    return probe;
  }

  private openInspector(): Inspector {
    return new Inspector(join(distDir, "inspect.wasm"), { protocol: this.protocol.name });
  }
}

/** What was found of a protocol before. */
export function keptOf(protocol: string): Kept[] {
  const file = join(packageRoot, "tests/codecs/corpus", `${protocol}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Kept[]) : [];
}

function about(error: unknown): string {
  return String(error instanceof Error ? (error.message.split("\n\n")[0] ?? error) : error);
}
