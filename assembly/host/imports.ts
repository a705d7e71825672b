/**
 * Host calls of Proxy-Wasm 0.2.1, as far as they are used: scripts/build/host-calls.ts has all of
 * them, and the build holds these against it. Nothing else in the project declares imports.
 *
 * Each answers a WasmResult, 0 for success. What the host gives back it writes to the addresses
 * that are passed for it.
 */

// @ts-ignore: decorator
@external("env", "proxy_log")
export declare function proxy_log(level: i32, message: usize, size: usize): u32;

// @ts-ignore: decorator
@external("env", "proxy_get_buffer_bytes")
export declare function proxy_get_buffer_bytes(
  type: i32,
  start: u32,
  length: u32,
  dataAt: usize,
  sizeAt: usize,
): u32;

/**
 * Replaces `length` bytes from `start` of a buffer. Envoy knows three forms only: all of the
 * buffer (0, at least its length), prepend (0, 0) and append (start at or beyond its end).
 */
// @ts-ignore: decorator
@external("env", "proxy_set_buffer_bytes")
export declare function proxy_set_buffer_bytes(
  type: i32,
  start: u32,
  length: u32,
  data: usize,
  size: usize,
): u32;

// @ts-ignore: decorator
@external("env", "proxy_continue_stream")
export declare function proxy_continue_stream(type: i32): u32;

// @ts-ignore: decorator
@external("env", "proxy_close_stream")
export declare function proxy_close_stream(type: i32): u32;

// @ts-ignore: decorator
@external("env", "proxy_set_tick_period_milliseconds")
export declare function proxy_set_tick_period_milliseconds(period: u32): u32;

/** Nanoseconds since 1970, written as a u64. */
// @ts-ignore: decorator
@external("env", "proxy_get_current_time_nanoseconds")
export declare function proxy_get_current_time_nanoseconds(timeAt: usize): u32;

// @ts-ignore: decorator
@external("env", "proxy_set_effective_context")
export declare function proxy_set_effective_context(id: u32): u32;

// @ts-ignore: decorator
@external("env", "proxy_call_foreign_function")
export declare function proxy_call_foreign_function(
  name: usize,
  nameSize: usize,
  argument: usize,
  argumentSize: usize,
  resultAt: usize,
  resultSizeAt: usize,
): u32;

/** `path`: the parts of a property's name, separated by a zero byte each. */
// @ts-ignore: decorator
@external("env", "proxy_get_property")
export declare function proxy_get_property(
  path: usize,
  pathSize: usize,
  valueAt: usize,
  valueSizeAt: usize,
): u32;

/** `path` as in `proxy_get_property`. */
// @ts-ignore: decorator
@external("env", "proxy_set_property")
export declare function proxy_set_property(
  path: usize,
  pathSize: usize,
  value: usize,
  valueSize: usize,
): u32;

// @ts-ignore: decorator
@external("env", "proxy_define_metric")
export declare function proxy_define_metric(
  type: i32,
  name: usize,
  nameSize: usize,
  idAt: usize,
): u32;

// @ts-ignore: decorator
@external("env", "proxy_increment_metric")
export declare function proxy_increment_metric(id: u32, offset: i64): u32;
