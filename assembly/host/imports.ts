/**
 * Host calls of Proxy-Wasm 0.2.1. The declarations come from `@solo-io/proxy-runtime`; those
 * that it lacks are added here. Nothing else in the project declares imports.
 */
export {
  proxy_log,
  proxy_get_buffer_bytes,
  proxy_continue_stream,
  proxy_close_stream,
  proxy_set_tick_period_milliseconds,
  proxy_get_current_time_nanoseconds,
  proxy_set_effective_context,
  proxy_call_foreign_function,
  proxy_set_property,
  proxy_define_metric,
  proxy_increment_metric,
} from "@solo-io/proxy-runtime/assembly/imports";

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
