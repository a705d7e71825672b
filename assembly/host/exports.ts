/** The callbacks of Proxy-Wasm 0.2.1 that a network filter gets, dispatched to contexts. */
import { resetArena } from "./arena";
import {
  FilterStatus,
  collectGarbage,
  context,
  createContext,
  deleteContext,
  rootContext,
} from "./context";

export { allocate as proxy_on_memory_allocate } from "./arena";

export function proxy_abi_version_0_2_1(): void {}

export function proxy_on_vm_start(rootId: u32, size: u32): u32 {
  return 1;
}

export function proxy_on_configure(rootId: u32, size: u32): u32 {
  resetArena();
  return rootContext(rootId).onConfigure(size) ? 1 : 0;
}

export function proxy_on_tick(rootId: u32): void {
  resetArena();
  rootContext(rootId).onTick();
  collectGarbage();
}

export function proxy_on_context_create(id: u32, rootId: u32): void {
  createContext(id, rootId);
}

export function proxy_on_new_connection(id: u32): u32 {
  resetArena();
  const c = context(id);
  return c === null ? FilterStatus.CONTINUE : c.onNewConnection();
}

export function proxy_on_downstream_data(id: u32, size: u32, end: u32): u32 {
  resetArena();
  const c = context(id);
  return c === null ? FilterStatus.CONTINUE : c.onDownstreamData(size, end != 0);
}

export function proxy_on_upstream_data(id: u32, size: u32, end: u32): u32 {
  resetArena();
  const c = context(id);
  return c === null ? FilterStatus.CONTINUE : c.onUpstreamData(size, end != 0);
}

export function proxy_on_downstream_connection_close(id: u32, closeType: u32): void {
  const c = context(id);
  if (c !== null) c.onDownstreamClose();
}

export function proxy_on_upstream_connection_close(id: u32, closeType: u32): void {}

export function proxy_on_done(id: u32): u32 {
  return 1;
}

export function proxy_on_log(id: u32): void {}

export function proxy_on_delete(id: u32): void {
  deleteContext(id);
}
