/** The metrics that a module defined, by name. */
import { METRIC_KINDS, type MetricKind, Result } from "./abi.js";

interface Metric {
  readonly kind: MetricKind;
  value: bigint;
}

export class Metrics {
  private readonly byName = new Map<string, number>();
  private readonly metrics: Metric[] = [];

  /** Id of the metric with this name, new or not; null: there is no such kind. */
  define(kind: number, name: string): number | null {
    const kindName = METRIC_KINDS[kind];
    if (kindName === undefined) return null;
    let id = this.byName.get(name);
    if (id === undefined) {
      id = this.metrics.push({ kind: kindName, value: 0n }) - 1;
      this.byName.set(name, id);
    }
    return id;
  }

  increment(id: number, offset: bigint): Result {
    const m = this.metrics[id];
    if (m === undefined) return Result.NotFound;
    if (m.kind === "histogram" || (m.kind === "counter" && offset <= 0n)) return Result.BadArgument;
    m.value += offset;
    if (m.kind === "gauge" && m.value < 0n) throw new Error("a gauge fell below zero");
    return Result.Ok;
  }

  record(id: number, value: bigint): Result {
    const m = this.metrics[id];
    if (m === undefined) return Result.NotFound;
    m.value = m.kind === "gauge" ? value : m.value + value;
    return Result.Ok;
  }

  get(id: number): bigint | null {
    return this.metrics[id]?.value ?? null;
  }

  /** Value of the metric with this name; null if nobody defined it. */
  value(name: string): bigint | null {
    const id = this.byName.get(name);
    return id === undefined ? null : this.get(id);
  }

  /** All metrics by name. */
  all(): Record<string, bigint> {
    return Object.fromEntries([...this.byName].map(([name, id]) => [name, this.get(id) ?? 0n]));
  }
}
