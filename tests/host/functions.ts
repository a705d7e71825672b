/** The host functions that Argot's module may import, with Envoy's results. */
import { BufferKind, Result, StreamKind } from "./abi.js";
import { HostBuffer } from "./buffer.js";
import { decodeFilterState } from "./filter-state.js";
import type { Vm } from "./vm.js";

const NOTHING = Buffer.alloc(0);

/** Numbers come as i32; the two metric calls have an i64, and so a bigint. */
type HostFunction = (...args: never[]) => number;

export function hostFunctions(vm: Vm): Record<string, (...a: number[]) => number> {
  const text = (p: number, n: number): string | null => vm.view(p, n)?.toString("utf8") ?? null;

  const buffer = (kind: number): HostBuffer | null => {
    const { stream, configuration } = vm.acting();
    if (kind === BufferKind.DownstreamData) return stream?.downstreamBuffer() ?? null;
    if (kind === BufferKind.UpstreamData) return stream?.upstreamBuffer() ?? null;
    if (kind === BufferKind.PluginConfiguration) return new HostBuffer(configuration);
    return null;
  };

  const functions: Record<string, HostFunction> = {
    proxy_log(level: number, p: number, n: number) {
      const line = text(p, n);
      if (line === null) return Result.InvalidMemoryAccess;
      if (level > 5) return Result.BadArgument;
      vm.log(level, line);
      return Result.Ok;
    },
    proxy_get_log_level(out: number) {
      return vm.setWord(out, 2);
    },

    proxy_get_buffer_bytes(kind: number, start: number, length: number, p: number, n: number) {
      const [from, wanted] = [start >>> 0, length >>> 0];
      if (from + wanted > 0xffffffff) return Result.BadArgument;
      const bytes = buffer(kind)?.bytes ?? NOTHING;
      const all = from === 0 && wanted >= bytes.length;
      return vm.give(all ? bytes : bytes.subarray(from, from + wanted), p, n);
    },
    proxy_set_buffer_bytes(kind: number, start: number, length: number, p: number, n: number) {
      const target = kind === BufferKind.PluginConfiguration ? null : buffer(kind);
      const bytes = vm.copy(p, n);
      if (bytes === null) return Result.InvalidMemoryAccess;
      return target?.set(start >>> 0, length >>> 0, bytes) ?? Result.BadArgument;
    },

    proxy_continue_stream(kind: number) {
      if (kind === StreamKind.Upstream) return Result.Unimplemented;
      if (kind !== StreamKind.Downstream) return Result.BadArgument;
      const { stream } = vm.acting();
      if (stream !== null) vm.defer(() => stream.continueReading());
      return Result.Ok;
    },
    proxy_close_stream(kind: number) {
      if (kind !== StreamKind.Downstream && kind !== StreamKind.Upstream) return Result.BadArgument;
      const { stream } = vm.acting();
      if (stream !== null) vm.defer(() => stream.closeFlushingWrites());
      return Result.Ok;
    },

    proxy_set_effective_context(id: number) {
      if (!vm.hasContext(id)) return Result.BadArgument;
      vm.effective = id;
      return Result.Ok;
    },
    proxy_done() {
      return Result.NotFound;
    },
    proxy_set_tick_period_milliseconds(period: number) {
      vm.setTick(period >>> 0);
      return Result.Ok;
    },
    proxy_get_current_time_nanoseconds(out: number) {
      const place = vm.view(out, 8);
      if (place === null) return Result.InvalidMemoryAccess;
      place.writeBigUInt64LE(vm.now);
      return Result.Ok;
    },

    proxy_get_property(p: number, n: number, outPointer: number, outSize: number) {
      const path = text(p, n);
      if (path === null) return Result.InvalidMemoryAccess;
      const value = vm.acting().stream?.properties.get(path.split("\0").join("."));
      return value === undefined ? Result.NotFound : vm.give(value, outPointer, outSize);
    },
    proxy_set_property(p: number, n: number, value: number, valueSize: number) {
      const key = text(p, n);
      const bytes = vm.view(value, valueSize);
      if (key === null || bytes === null) return Result.InvalidMemoryAccess;
      const { stream } = vm.acting();
      if (stream === null) return Result.NotFound;
      stream.properties.set(key, Buffer.from(bytes));
      return Result.Ok;
    },
    // Envoy runs this for the context of the call, whatever the effective context is.
    proxy_call_foreign_function(
      name: number,
      nameSize: number,
      p: number,
      n: number,
      outPointer: number,
      outSize: number,
    ) {
      const argument = vm.view(p, n);
      if (argument === null) return Result.InvalidMemoryAccess;
      if (text(name, nameSize) !== "set_envoy_filter_state") return Result.NotFound;
      const state = decodeFilterState(argument);
      if (state === null) return Result.BadArgument;
      const { stream } = vm.context(vm.current);
      if (stream === null) return Result.NotFound;
      stream.filterState.set(state.path, state.value);
      if (outPointer !== 0) vm.setWord(outPointer, 0);
      if (outSize !== 0) vm.setWord(outSize, 0);
      return Result.Ok;
    },

    proxy_define_metric(kind: number, p: number, n: number, out: number) {
      const name = text(p, n);
      if (name === null) return Result.InvalidMemoryAccess;
      const id = vm.metrics.define(kind, name);
      return id === null ? Result.BadArgument : vm.setWord(out, id);
    },
    proxy_increment_metric(id: number, offset: bigint) {
      return vm.metrics.increment(id, offset);
    },
    proxy_record_metric(id: number, value: bigint) {
      return vm.metrics.record(id, value);
    },
    proxy_get_metric(id: number, out: number) {
      const value = vm.metrics.get(id);
      const place = vm.view(out, 8);
      if (value === null) return Result.NotFound;
      if (place === null) return Result.InvalidMemoryAccess;
      place.writeBigUInt64LE(value);
      return Result.Ok;
    },
  };
  return functions as Record<string, (...a: number[]) => number>;
}
