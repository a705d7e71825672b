/**
 * One VM with one module, as Envoy's worker thread has it: contexts, host functions, the queue of
 * actions that wait for the end of a call, a clock that only tests move.
 *
 * Where the behaviour comes from: proxy-wasm-cpp-host (src/exports.cc, src/context.cc) and Envoy
 * (source/extensions/common/wasm/context.cc).
 */
import { readFileSync } from "node:fs";
import { Action, LOG_LEVELS, type LogLevel, Result } from "./abi.js";
import { HostBuffer } from "./buffer.js";
import { hostFunctions } from "./functions.js";
import { Metrics } from "./metrics.js";

/** What the VM asks of the one that a context stands for; a root context has no stream. */
export interface Stream {
  readonly properties: Map<string, Buffer>;
  readonly filterState: Map<string, string>;
  /** The data of the running (or paused) callback; null where Envoy has none. */
  downstreamBuffer(): HostBuffer | null;
  upstreamBuffer(): HostBuffer | null;
  /** Both run as deferred actions. */
  continueReading(): void;
  closeFlushingWrites(): void;
}

interface Context {
  readonly id: number;
  readonly root: number;
  readonly stream: Stream | null;
  readonly configuration: Buffer;
  tickMs: number;
  nextTick: bigint;
}

/** The module broke off (unreachable, bounds, stack): in Envoy all its connections would die. */
export class Trap extends Error {
  constructor(export_: string, cause: unknown, logs: readonly string[]) {
    super(`${export_} trapped: ${String(cause)}\nlast logs:\n  ${logs.slice(-5).join("\n  ")}`, {
      cause,
    });
    this.name = "Trap";
  }
}

const compiled = new Map<string, WebAssembly.Module>();

/** Path of the module under test: `ARGOT_WASM`, else the build's result. */
export function modulePath(): string {
  return process.env.ARGOT_WASM ?? new URL("../../dist/argot.wasm", import.meta.url).pathname;
}

function compile(path: string): WebAssembly.Module {
  let module = compiled.get(path);
  if (module === undefined) {
    let bytes: Buffer;
    try {
      bytes = readFileSync(path);
    } catch (e) {
      throw new Error(
        `no module at ${path} (${String(e)}): run \`npm run build\`, or set ARGOT_WASM`,
      );
    }
    module = new WebAssembly.Module(Uint8Array.from(bytes));
    compiled.set(path, module);
  }
  return module;
}

export class Vm {
  /** Every line that the module logged, as "level: text". */
  readonly logs: string[] = [];
  readonly metrics = new Metrics();
  /** Host calls that were refused, the last one's name, and what came of it. */
  refused = { count: 0, last: "" };
  /** Nanoseconds since 1970; only `advance` moves it. */
  now = 1_700_000_000_000_000_000n;
  /** The context of the running call, and the one that the module chose to act for. */
  current = 0;
  effective = 0;

  private readonly contexts = new Map<number, Context>();
  private readonly actions: (() => void)[] = [];
  private readonly exports: WebAssembly.Exports;
  private readonly memory: WebAssembly.Memory;
  /** All of the module's memory, as it was when somebody last looked. */
  private heap: Buffer = Buffer.alloc(0);
  /** Contexts of plugins; they alone have timers. */
  private readonly roots: Context[] = [];
  private readonly allocator: string;
  private nextContext = 1;
  private allocating = false;
  private started = false;

  constructor(path: string = modulePath()) {
    const module = compile(path);
    const functions = hostFunctions(this);
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      if (from !== "env" || !(name in functions)) {
        throw new Error(`${path} imports ${from}.${name}, which this host lacks`);
      }
    }
    const guarded: Record<string, (...a: number[]) => number> = {};
    for (const [name, f] of Object.entries(functions)) {
      guarded[name] = (...a) => {
        if (this.allocating && name !== "proxy_log") {
          throw new Error(`${name} called while the host allocates: Envoy forbids it`);
        }
        const result = f(...a);
        // A property that has no value is an answer, too.
        const isAnswer = name === "proxy_get_property" && result === Result.NotFound;
        if (result !== Result.Ok && !isAnswer) {
          this.refused.count++;
          this.refused.last = `${name}(${a.join(", ")}): ${Result[result] ?? result}`;
        }
        return result;
      };
    }
    const instance = new WebAssembly.Instance(module, { env: guarded });
    this.exports = instance.exports;
    this.memory = instance.exports.memory as WebAssembly.Memory;
    this.allocator = "malloc" in this.exports ? "malloc" : "proxy_on_memory_allocate";
    this.call("_initialize");
  }

  /** Bytes of the module's memory. */
  get memoryBytes(): number {
    return this.memory.buffer.byteLength;
  }

  /**
   * Loads a plugin's configuration, as Envoy does for each filter that shares the VM.
   * @returns the root context's id, or null if the module refused the configuration
   */
  configure(configuration: unknown): number | null {
    const text = typeof configuration === "string" ? configuration : JSON.stringify(configuration);
    const root = this.addContext(0, null, Buffer.from(text));
    this.invoke("proxy_on_context_create", root, 0);
    if (!this.started) {
      this.started = true;
      if (this.invoke("proxy_on_vm_start", root, 0) === 0) return null;
    }
    const size = Buffer.byteLength(text);
    return this.invoke("proxy_on_configure", root, size) === 0 ? null : root;
  }

  /** A new stream context under `root`; its id. */
  createContext(root: number, stream: Stream): number {
    const id = this.addContext(root, stream, this.context(root).configuration);
    this.invoke("proxy_on_context_create", id, root);
    return id;
  }

  private addContext(root: number, stream: Stream | null, configuration: Buffer): number {
    const id = this.nextContext++;
    const context = { id, root, stream, configuration, tickMs: 0, nextTick: 0n };
    this.contexts.set(id, context);
    if (root === 0) this.roots.push(context);
    return id;
  }

  /** onDone, onLog, onDelete: the stream is gone. */
  destroyContext(id: number): void {
    if (!this.contexts.has(id)) return;
    this.invoke("proxy_on_done", id);
    this.invoke("proxy_on_log", id);
    this.invoke("proxy_on_delete", id);
    this.contexts.delete(id);
  }

  /**
   * One callback of the module for context `args[0]`, and then all the actions that wait for the
   * end of a call (Envoy's DeferAfterCallActions), also those of calls around this one.
   * @returns its result; 0 if the module does not export it, or if it returns nothing
   */
  invoke(name: string, ...args: number[]): number {
    const [current, effective] = [this.current, this.effective];
    this.current = args[0] ?? 0;
    this.effective = 0;
    let result: number;
    try {
      result = this.call(name, ...args);
    } finally {
      this.current = current;
      this.effective = effective;
    }
    for (let f = this.actions.shift(); f !== undefined; f = this.actions.shift()) f();
    return result;
  }

  /** As `invoke`, for the callbacks that say Continue or Pause. */
  action(name: string, ...args: number[]): Action {
    return this.invoke(name, ...args) === 0 ? Action.Continue : Action.Pause;
  }

  private call(name: string, ...args: number[]): number {
    const f = this.exports[name] as ((...a: number[]) => number | undefined) | undefined;
    if (f === undefined) return 0;
    try {
      return f(...args) ?? 0;
    } catch (e) {
      if (e instanceof WebAssembly.RuntimeError || e instanceof RangeError) {
        throw new Trap(name, e.stack ?? e, this.logs);
      }
      throw e;
    }
  }

  /** Moves the clock, and rings every timer that falls due on the way. */
  advance(milliseconds: number): void {
    const end = this.now + BigInt(milliseconds) * 1_000_000n;
    for (;;) {
      let due: Context | undefined;
      for (const c of this.roots) {
        if (c.tickMs > 0 && c.nextTick <= end && (!due || c.nextTick < due.nextTick)) due = c;
      }
      if (due === undefined) break;
      this.now = due.nextTick;
      due.nextTick += BigInt(due.tickMs) * 1_000_000n;
      this.invoke("proxy_on_tick", due.id);
    }
    this.now = end;
  }

  // --- for the host functions

  context(id: number): Context {
    const c = this.contexts.get(id);
    if (c === undefined) throw new Error(`no context ${id}`);
    return c;
  }
  hasContext(id: number): boolean {
    return this.contexts.has(id);
  }
  /** The context that the module acts for. */
  acting(): Context {
    return this.contexts.get(this.effective) ?? this.context(this.current);
  }
  defer(f: () => void): void {
    this.actions.push(f);
  }
  setTick(milliseconds: number): void {
    const acting = this.acting();
    const root = this.context(acting.root === 0 ? acting.id : acting.root);
    root.tickMs = milliseconds;
    root.nextTick = this.now + BigInt(milliseconds) * 1_000_000n;
  }
  log(level: number, text: string): void {
    const name: LogLevel = LOG_LEVELS[level] ?? "critical";
    this.logs.push(`${name}: ${text}`);
    if (this.logs.length > 10_000) this.logs.splice(0, 5_000);
  }

  /** The module's memory, and where `n` bytes at `p` lie in it; null if they lie outside. */
  private reach(p: number, n: number): Buffer | null {
    const { buffer } = this.memory;
    if (this.heap.buffer !== buffer) this.heap = Buffer.from(buffer);
    return (p >>> 0) + (n >>> 0) > this.heap.length ? null : this.heap;
  }
  /** A view of the module's memory; null if it lies outside. Valid until the next call into it. */
  view(p: number, n: number): Buffer | null {
    return this.reach(p, n)?.subarray(p >>> 0, (p >>> 0) + (n >>> 0)) ?? null;
  }
  /** A copy of what lies there; null if it lies outside. */
  copy(p: number, n: number): Buffer | null {
    const heap = this.reach(p, n);
    if (heap === null) return null;
    const bytes = Buffer.allocUnsafe(n >>> 0);
    heap.copy(bytes, 0, p >>> 0, (p >>> 0) + (n >>> 0));
    return bytes;
  }
  setWord(p: number, value: number): Result {
    const heap = this.reach(p, 4);
    if (heap === null) return Result.InvalidMemoryAccess;
    heap.writeUInt32LE(value >>> 0, p >>> 0);
    return Result.Ok;
  }
  /** Copies bytes into memory that the module allocates, and tells it where. */
  give(bytes: Uint8Array, outPointer: number, outSize: number): Result {
    let p = 0;
    if (bytes.length > 0) {
      this.allocating = true;
      try {
        p = this.call(this.allocator, bytes.length);
      } finally {
        this.allocating = false;
      }
      const heap = p === 0 ? null : this.reach(p, bytes.length);
      if (heap === null) return Result.InvalidMemoryAccess;
      heap.set(bytes, p >>> 0);
    }
    const result = this.setWord(outPointer, p);
    return result === Result.Ok ? this.setWord(outSize, bytes.length) : result;
  }
}
