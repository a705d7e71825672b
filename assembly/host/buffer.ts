/** Reading and replacing the bytes that Envoy holds for the current context. */
import { proxy_get_buffer_bytes, proxy_set_buffer_bytes } from "./imports";

/** Buffer types of Proxy-Wasm 0.2.1 that a network filter meets. */
export enum BufferType {
  /** What the client sent and no filter has taken yet. */
  DOWNSTREAM = 2,
  /** What the filters behind this one are writing to the client. */
  UPSTREAM = 3,
  PLUGIN_CONFIGURATION = 7,
}

/** Where the last `readBuffer` put the bytes; valid until the callback ends. */
export let readAt: usize = 0;
export let readLength: u32 = 0;

const OUT: usize = memory.data(16);

/** Copies up to `n` bytes of a buffer into the arena; false if there are none. */
export function readBuffer(type: BufferType, n: u32): bool {
  store<u64>(OUT, 0);
  const status = proxy_get_buffer_bytes(type, 0, n, OUT, OUT + 8);
  readAt = status == 0 ? load<usize>(OUT) : 0;
  readLength = status == 0 ? load<u32>(OUT, 8) : 0;
  return readAt != 0;
}

/** Replaces all of a buffer in one call, so that a trap never leaves it half-written. */
@inline
export function replaceBuffer(type: BufferType, p: usize, n: usize): void {
  proxy_set_buffer_bytes(type, 0, u32.MAX_VALUE, p, n);
}

/** Puts bytes before what is in a buffer, which is not copied. */
@inline
export function prependBuffer(type: BufferType, p: usize, n: usize): void {
  proxy_set_buffer_bytes(type, 0, 0, p, n);
}
