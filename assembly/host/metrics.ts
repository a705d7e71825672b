/**
 * Counters and gauges in Envoy's statistics (`wasmcustom.<name>`). Counting is an addition in
 * the module's memory; `flushMetrics` carries the sums to the host, once a tick.
 */
import { proxy_define_metric, proxy_increment_metric } from "./imports";

const MOST: u32 = 4096;
const ids = new StaticArray<u32>(MOST);
const pending = new StaticArray<i64>(MOST);
const names: string[] = [];
let defined: u32 = 0;

enum MetricType {
  COUNTER = 0,
  GAUGE = 1,
}

export function counter(name: string): u32 {
  return define(MetricType.COUNTER, name);
}
export function gauge(name: string): u32 {
  return define(MetricType.GAUGE, name);
}

/** Adds to a counter or gauge; no host call. */
@inline
export function add(metric: u32, n: i64): void {
  unchecked((pending[metric] += n));
}

/** Bytes of this module's memory, all workers' together; it never shrinks. */
let memoryGauge: u32 = MOST;
let pagesTold: i32 = 0;

export function flushMetrics(): void {
  if (memoryGauge == MOST) memoryGauge = gauge("argot.memory_bytes");
  const pages = memory.size();
  add(memoryGauge, (<i64>(pages - pagesTold)) << 16);
  pagesTold = pages;
  for (let i: u32 = 0; i < defined; i++) {
    const n = unchecked(pending[i]);
    if (n == 0) continue;
    unchecked((pending[i] = 0));
    proxy_increment_metric(unchecked(ids[i]), n);
  }
}

/** The same name gives the same metric; beyond MOST names the last one serves for all. */
function define(type: MetricType, name: string): u32 {
  const known = names.indexOf(name);
  if (known >= 0) return known;
  const metric = min(defined, MOST - 1);
  const text = String.UTF8.encode(name);
  const id = memory.data(8);
  proxy_define_metric(type, changetype<usize>(text), text.byteLength, id);
  unchecked((ids[metric] = load<u32>(id)));
  if (metric == defined) {
    names.push(name);
    defined++;
  }
  return metric;
}
