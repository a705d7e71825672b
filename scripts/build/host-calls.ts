/**
 * What a module may import: the host calls of Proxy-Wasm ABI 0.2.1 as Envoy 1.37 and later
 * implement them.
 *
 * Source: proxy-wasm-cpp-host, `FOR_ALL_HOST_FUNCTIONS`, `FOR_ALL_WASI_FUNCTIONS` and the
 * declarations in include/proxy-wasm/exports.h, registered for ABI 0.2.1 by
 * `WasmBase::registerCallbacks` in src/wasm.cc. Envoy refuses a module that imports anything
 * else, or one of these with another signature.
 */

/** Parameters, one letter each (i = i32, I = i64), a colon, the result; by import name. */
type Signatures = Readonly<Record<string, string>>;

const proxyWasm: Signatures = {
  proxy_log: "iii:i",
  proxy_get_log_level: "i:i",
  proxy_get_status: "iii:i",
  proxy_get_property: "iiii:i",
  proxy_set_property: "iiii:i",
  proxy_send_local_response: "iiiiiiii:i",
  proxy_continue_stream: "i:i",
  proxy_close_stream: "i:i",
  proxy_get_shared_data: "iiiii:i",
  proxy_set_shared_data: "iiiii:i",
  proxy_register_shared_queue: "iii:i",
  proxy_resolve_shared_queue: "iiiii:i",
  proxy_dequeue_shared_queue: "iii:i",
  proxy_enqueue_shared_queue: "iii:i",
  proxy_get_header_map_value: "iiiii:i",
  proxy_add_header_map_value: "iiiii:i",
  proxy_replace_header_map_value: "iiiii:i",
  proxy_remove_header_map_value: "iii:i",
  proxy_get_header_map_pairs: "iii:i",
  proxy_set_header_map_pairs: "iii:i",
  proxy_get_header_map_size: "ii:i",
  proxy_get_buffer_status: "iii:i",
  proxy_get_buffer_bytes: "iiiii:i",
  proxy_set_buffer_bytes: "iiiii:i",
  proxy_http_call: "iiiiiiiiii:i",
  proxy_grpc_call: "iiiiiiiiiiii:i",
  proxy_grpc_stream: "iiiiiiiii:i",
  proxy_grpc_close: "i:i",
  proxy_grpc_cancel: "i:i",
  proxy_grpc_send: "iiii:i",
  proxy_set_tick_period_milliseconds: "i:i",
  proxy_get_current_time_nanoseconds: "i:i",
  proxy_define_metric: "iiii:i",
  proxy_increment_metric: "iI:i",
  proxy_record_metric: "iI:i",
  proxy_get_metric: "ii:i",
  proxy_set_effective_context: "i:i",
  proxy_done: ":i",
  proxy_call_foreign_function: "iiiiii:i",
};

/** Most of them do nothing in Envoy but fail; they are listed because they load. */
const wasi: Signatures = {
  args_get: "ii:i",
  args_sizes_get: "ii:i",
  clock_time_get: "iIi:i",
  environ_get: "ii:i",
  environ_sizes_get: "ii:i",
  fd_close: "i:i",
  fd_fdstat_get: "ii:i",
  fd_fdstat_set_flags: "ii:i",
  fd_prestat_dir_name: "iii:i",
  fd_prestat_get: "ii:i",
  fd_read: "iiii:i",
  fd_seek: "iIii:i",
  fd_write: "iiii:i",
  path_open: "iiiiiIIii:i",
  poll_oneoff: "iiii:i",
  proc_exit: "i:",
  random_get: "ii:i",
  sched_yield: ":i",
};

/** The imports that Envoy's host resolves, by module and name. */
export const hostCalls: Readonly<Record<string, Signatures>> = {
  env: proxyWasm,
  wasi_snapshot_preview1: wasi,
};
