/** The codecs of dist/probe.wasm, call by call: the code that runs in Envoy. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { distDir } from "../../../scripts/cli/paths.js";
import { Edge } from "./edge.js";

/** Answers of `measure` that are no length: see assembly/codecs/codec.ts. */
export const INCOMPLETE = 0;
export const MALFORMED = -1;
export const Read = { DONE: 0, INCOMPLETE: 1, MALFORMED: 2 } as const;
export const kinds = ["request", "oneway", "heartbeat", "event", "response", "stream"] as const;
export type Kind = (typeof kinds)[number];
/** Bits of `Head.part`. */
export const Part = { BEGINS: 1, ENDS: 2, ABORTS: 4, ANSWERS: 8 } as const;
/** Slots before those of attachments. */
export const Slot = { SERVICE: 0, METHOD: 1, VERSION: 2, GROUP: 3, TYPES: 4 } as const;

/** What assembly/probe.ts exports: addresses and lengths are numbers, 64-bit values bigints. */
export interface Exports {
  memory: WebAssembly.Memory;
  _initialize(): void;
  allocate(n: number): number;
  release(p: number): void;
  open(p: number, n: number): number;
  want(p: number, n: number): number;
  setDepth(attachments: number): void;
  setFromServer(fromServer: number): void;
  headerLength(): number;
  isOrdered(): number;
  mayStaySilent(): number;
  clear(): void;
  measure(p: number, n: number): bigint;
  readHead(p: number, n: number): number;
  readMetadata(p: number, n: number, length: number): number;
  readReply(p: number, length: number): number;
  replyLimit(n: number): number;
  writeErrorReply(
    ...args: [out: number, id: bigint, context: number, status: number, p: number, n: number]
  ): number;
  writeHeartbeatReply(out: number): number;
  writeGoodbye(out: number): number;
  writeStreamReset(out: number, id: bigint, status: number, p: number, n: number): number;
  clearEdits(): void;
  addEdit(name: number, n: number, value: number, valueLength: number): void;
  changeLimit(): number;
  change(p: number, length: number, out: number): number;
  remember(p: number, n: number): void;
  matches(p: number, n: number): number;
  requestId(): bigint;
  streamId(): bigint;
  report(): number;
  loopHead(p: number, n: number, rounds: number): void;
  loopMetadata(p: number, n: number, rounds: number): void;
  loopMatches(p: number, n: number, rounds: number): void;
  loopReference(p: number, n: number, rounds: number): number;
}

export interface Head {
  kind: Kind;
  reply: boolean;
  requestId: bigint;
  replyContext: number;
  status: number;
  part: number;
  streamId: bigint;
}

/** Chooses the protocol in a module, e.g. by its name. @throws if it can't */
export type Opener = (module: Exports, give: (text: string | Buffer) => [number, number]) => void;

const SLOTS = 21;
const FIRST_SLOT = 14;
/** Longest frame or text that is put into the module, and longest that it may write. */
export const LONGEST = 1 << 20;

const modules = new Map<string, WebAssembly.Module>();

function moduleOf(file: string): WebAssembly.Module {
  const known = modules.get(file);
  const module = known ?? new WebAssembly.Module(readFileSync(join(distDir, file)));
  modules.set(file, module);
  return module;
}

/** One protocol's codec, in a module of its own. */
export class Probe {
  readonly module: Exports;
  readonly edge: Edge;
  /** Slot of each attachment that is wanted. */
  readonly wanted = new Map<string, number>();
  /** Where the frame lies that was read last. */
  at = 0;

  constructor(
    readonly protocol: string,
    private readonly opener: Opener = byName(protocol),
    file = "probe.wasm",
  ) {
    this.module = new WebAssembly.Instance(moduleOf(file)).exports as unknown as Exports;
    this.module._initialize();
    this.edge = new Edge(this.module.memory, LONGEST);
    this.opener(this.module, (text) => this.give(text));
  }

  /** Wants these attachments and no others. */
  want(names: readonly string[]): void {
    this.opener(this.module, (text) => this.give(text));
    this.wanted.clear();
    for (const name of names) this.wanted.set(name, this.module.want(...this.give(name)));
  }

  /** Puts bytes before the module's end; what was put there before is gone. */
  give(text: string | Buffer): [number, number] {
    const bytes = Buffer.from(text as string);
    return [this.edge.put(bytes), bytes.length];
  }

  measure(bytes: Uint8Array): number {
    this.at = this.edge.put(bytes);
    return Number(this.module.measure(this.at, bytes.length));
  }

  /** Reads the head of what `measure` accepted: `bytes`, a frame or the start of one. */
  readHead(bytes: Uint8Array, fromServer = false): number {
    this.at = this.edge.put(bytes);
    this.module.setFromServer(Number(fromServer));
    this.module.clear();
    return this.module.readHead(this.at, bytes.length);
  }

  /** After `readHead` of the same bytes. */
  readMetadata(n: number, length: number): number {
    this.module.clear();
    return this.module.readMetadata(this.at, n, length);
  }

  /** The head that was read last. */
  get head(): Head {
    const table = this.table();
    return {
      kind: kinds[table[0]!]!,
      reply: table[1] !== 0,
      requestId: BigInt.asUintN(64, this.module.requestId()),
      replyContext: table[2]!,
      status: table[3]! | 0,
      part: table[4]!,
      streamId: BigInt.asUintN(64, this.module.streamId()),
    };
  }

  /** What `readReply` said of an error. */
  get error(): { isError: boolean; message: string } {
    const table = this.table();
    return { isError: table[7] !== 0, message: this.bytes(table[8]!, table[9]!).toString() };
  }

  /** Addresses of the bytes that decide the values, as offsets into the frame; -1: none. */
  get decisive(): { head: number; headEnd: number; tail: number } {
    const table = this.table();
    const offset = (address: number): number => (address === 0 ? -1 : address - this.at);
    return { head: offset(table[10]!), headEnd: offset(table[11]!), tail: offset(table[12]!) };
  }

  /** The value in a slot; undefined: the frame has none. */
  slot(i: number): Buffer | undefined {
    const table = this.table();
    const p = table[FIRST_SLOT + 2 * i]!;
    return p === 0 ? undefined : this.bytes(p, table[FIRST_SLOT + 2 * i + 1]!);
  }

  /** The values of all slots, for comparison. */
  get values(): (string | undefined)[] {
    return Array.from({ length: SLOTS }, (_, i) => this.slot(i)?.toString("latin1"));
  }

  /** Of a wanted attachment. */
  attachment(name: string): string | undefined {
    return this.slot(this.wanted.get(name)!)?.toString();
  }

  /** What `write` writes to an address, at most `limit` bytes. @throws if it writes more */
  written(limit: number, write: (out: number) => number): Buffer {
    return this.edge.written(limit, write);
  }

  /** The report of assembly/probe.ts. */
  table(): Uint32Array {
    const { memory } = this.module;
    return new Uint32Array(memory.buffer, this.module.report(), FIRST_SLOT + 2 * SLOTS);
  }

  private bytes(p: number, n: number): Buffer {
    return Buffer.from(Buffer.from(this.module.memory.buffer, p, n));
  }
}

/** Opens the codec of a protocol. */
export function byName(protocol: string): Opener {
  return (module, give) => {
    if (!module.open(...give(protocol))) throw new Error(`no protocol ${protocol}`);
  };
}
