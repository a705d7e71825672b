/**
 * Contexts, as Proxy-Wasm has them: one RootContext a plugin configuration and worker, one
 * Context a connection. The plugin derives from both and says by `setRootFactory` how a
 * RootContext is made.
 */
import { Table } from "../bytes/table";
import { LogLevel, log } from "./log";

/** What a callback tells Envoy to do with the bytes. */
export enum FilterStatus {
  CONTINUE = 0,
  /** Keep the bytes where they are; the next filter sees nothing of them yet. */
  PAUSE = 1,
}

export abstract class Context {
  constructor(readonly id: u32) {}
  onNewConnection(): FilterStatus {
    return FilterStatus.CONTINUE;
  }
  /** `size` bytes from the client lie in the read buffer; `end`: it will send no more. */
  onDownstreamData(size: u32, end: bool): FilterStatus {
    return FilterStatus.CONTINUE;
  }
  /** `size` bytes are about to be written to the client. */
  onUpstreamData(size: u32, end: bool): FilterStatus {
    return FilterStatus.CONTINUE;
  }
  onDownstreamClose(): void {}
  /** The connection is gone; give back all memory. */
  onDelete(): void {}
}

export abstract class RootContext {
  constructor(readonly id: u32) {}
  /** Reads the plugin's configuration; false keeps the plugin from loading. */
  abstract onConfigure(size: u32): bool;
  abstract createContext(id: u32): Context;
  onTick(): void {}
  /** The configuration is gone. */
  onDelete(): void {}
}

let rootFactory: ((id: u32) => RootContext) | null = null;
const roots: RootContext[] = [];
/** Context id → Context, each pinned: the table's memory is not the garbage collector's. */
const contexts = new Table();

/** After so many Contexts their memory is collected. */
const GARBAGE: u32 = 1024;
let garbage: u32 = GARBAGE;

/**
 * Collects garbage once there is enough. The runtime never does so by itself; it is safe only
 * where no managed object is referred to by local variables alone: at the end of an export.
 */
export function collectGarbage(): void {
  if (garbage < GARBAGE) return;
  garbage = 0;
  __collect();
}

export function setRootFactory(factory: (id: u32) => RootContext): void {
  rootFactory = factory;
}

/** The RootContext `id`, made on first use. */
export function rootContext(id: u32): RootContext {
  for (let i = 0; i < roots.length; i++) {
    if (roots[i].id == id) return roots[i];
  }
  const root = rootFactory!(id);
  roots.push(root);
  return root;
}

/** The Context `id`; one that is not known is logged and null. */
export function context(id: u32): Context | null {
  const found = contexts.get(id);
  if (found == 0)
    log(LogLevel.WARN, "argot: callback for context " + id.toString() + ", which is not known");
  return changetype<Context | null>(<usize>found);
}

export function createContext(id: u32, rootId: u32): void {
  if (rootId == 0) rootContext(id);
  else contexts.add(id, __pin(changetype<usize>(rootContext(rootId).createContext(id))));
}

export function deleteContext(id: u32): void {
  const found = <usize>contexts.take(id);
  if (found != 0) {
    changetype<Context>(found).onDelete();
    __unpin(found);
    garbage++;
    return;
  }
  for (let i = 0; i < roots.length; i++) {
    if (roots[i].id != id) continue;
    roots[i].onDelete();
    roots.splice(i, 1);
    return;
  }
}
