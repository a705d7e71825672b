/** as-pect runs the unit tests of the AssemblyScript sources. */

/** Host calls that some units link to; none of the tests is about them. */
const host = Object.fromEntries(
  [
    "proxy_call_foreign_function",
    "proxy_close_stream",
    "proxy_continue_stream",
    "proxy_define_metric",
    "proxy_get_buffer_bytes",
    "proxy_get_current_time_nanoseconds",
    "proxy_increment_metric",
    "proxy_log",
    "proxy_set_buffer_bytes",
    "proxy_set_effective_context",
    "proxy_get_property",
    "proxy_set_property",
    "proxy_set_tick_period_milliseconds",
  ].map((name) => [name, () => 0]),
);

export default {
  entries: ["tests/assembly/**/*.spec.ts"],
  include: [],
  disclude: [/node_modules/],
  async instantiate(memory, createImports, instantiate, binary) {
    return instantiate(binary, createImports({ env: { memory, ...host } }));
  },
  outputBinary: false,
};
