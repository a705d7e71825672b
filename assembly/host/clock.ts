import { proxy_get_current_time_nanoseconds, proxy_set_tick_period_milliseconds } from "./imports";

const OUT: usize = memory.data(8);

/** Nanoseconds since the epoch; a host call: once a tick, not once a request. */
export function currentNanoseconds(): u64 {
  proxy_get_current_time_nanoseconds(OUT);
  return load<u64>(OUT);
}

/** How often `onTick` is called, for the root context that is current. */
export function setTickPeriod(milliseconds: u32): void {
  proxy_set_tick_period_milliseconds(milliseconds);
}
