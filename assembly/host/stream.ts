/** What can be done to the connection of the current context. */
import {
  proxy_call_foreign_function,
  proxy_close_stream,
  proxy_continue_stream,
  proxy_get_property,
  proxy_set_effective_context,
  proxy_set_property,
} from "./imports";
import { BufferType, prependBuffer, replaceBuffer } from "./buffer";
import { Bytes } from "../bytes/buffer";

const DOWNSTREAM: i32 = 2;
const OUT: usize = memory.data(16);
const SET_FILTER_STATE: usize = memory.data<u8>([
  115, 101, 116, 95, 101, 110, 118, 111, 121, 95, 102, 105, 108, 116, 101, 114, 95, 115, 116, 97,
  116, 101,
]); // "set_envoy_filter_state"
const SET_FILTER_STATE_LENGTH: usize = 22;
const argument = new Bytes();

/**
 * Hands `n` bytes to the next filter as if the client had sent them (injection). The read
 * buffer is replaced whole; what was still unread in it must have been taken before. Envoy
 * keeps the buffer reachable as long as `onDownstreamData` returns PAUSE, so this works from
 * timers too; the next filter runs when the current callback has ended.
 */
export function inject(p: usize, n: usize): void {
  replaceBuffer(BufferType.DOWNSTREAM, p, n);
  proxy_continue_stream(DOWNSTREAM);
}

/** The same for `n` bytes and, behind them, all that is in the read buffer. */
export function injectBefore(p: usize, n: usize): void {
  prependBuffer(BufferType.DOWNSTREAM, p, n);
  proxy_continue_stream(DOWNSTREAM);
}

/**
 * Closes the client's connection after what has been written is flushed, when the current
 * callback has ended. Bytes of the very write that is being filtered would be lost: close
 * from another callback than `onUpstreamData`.
 */
export function closeDownstream(): void {
  proxy_close_stream(DOWNSTREAM);
}

/** Makes host calls act on context `id`, for callbacks of the root context such as timers. */
@inline
export function actOn(id: u32): void {
  proxy_set_effective_context(id);
}

/** Where the last `readProperty` put the value; valid until the callback ends. */
export let propertyAt: usize = 0;
export let propertyLength: u32 = 0;

/**
 * Reads a property of the connection, one of Envoy's attributes
 * (https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/advanced/attributes).
 * @param path UTF-8, its parts separated by zero bytes
 * @returns false if it has no value, or an empty one
 */
export function readProperty(path: ArrayBuffer): bool {
  store<u64>(OUT, 0);
  const status = proxy_get_property(changetype<usize>(path), path.byteLength, OUT, OUT + 8);
  propertyAt = load<usize>(OUT);
  propertyLength = load<u32>(OUT, 8);
  return status == 0 && propertyLength > 0;
}

/**
 * Publishes a property of the connection: filter state `wasm.<path>`, seen by access logs.
 * @param path UTF-8
 */
export function setProperty(path: ArrayBuffer, p: usize, n: usize): void {
  proxy_set_property(changetype<usize>(path), path.byteLength, p, n);
}

/**
 * Sets Envoy's own filter state, for the filter chain, by Envoy's foreign function. The
 * argument is protobuf (envoy.source.extensions.common.wasm.SetEnvoyFilterStateArguments:
 * path = 1, value = 2) and binary-safe.
 * @param path UTF-8
 * @returns whether the host took it
 */
export function setFilterState(path: ArrayBuffer, p: usize, n: usize): bool {
  argument.clear();
  writeField(1, changetype<usize>(path), path.byteLength);
  writeField(2, p, n);
  const status = proxy_call_foreign_function(
    SET_FILTER_STATE,
    SET_FILTER_STATE_LENGTH,
    argument.at,
    argument.length,
    OUT,
    OUT + 8,
  );
  return status == 0;
}

/** A length-delimited protobuf field of `argument`. */
function writeField(field: u32, p: usize, n: usize): void {
  let at = argument.reserve(11 + n);
  const start = at;
  store<u8>(at++, <u8>((field << 3) | 2));
  let rest = n;
  while (rest > 127) {
    store<u8>(at++, <u8>(rest | 128));
    rest >>= 7;
  }
  store<u8>(at++, <u8>rest);
  memory.copy(at, p, n);
  argument.length += at + n - start;
}
