/** Which routing key a lane belongs to, by all of its headers. */
import type { Lane } from "../host/lane.js";
import { headersOf, KEYS, routed } from "../property/calls.js";
import { must } from "./oracle.js";

const sorted = (headers: Record<string, string>): string =>
  JSON.stringify(Object.entries(headers).sort());

/** How calls are told apart that are routed on these keys. */
export class LaneKeys {
  /** For each of KEYS the first one with the same headers. */
  private readonly firsts: readonly number[];
  private readonly byHeaders = new Map<string, number>();

  constructor(routeOn: string[]) {
    this.firsts = KEYS.map((_, key) => {
      const headers = sorted(headersOf(key, routeOn));
      const first = this.byHeaders.get(headers) ?? key;
      this.byHeaders.set(headers, first);
      return first;
    });
  }

  /** The key that stands for all that share lanes with this one. */
  of(key: number): number {
    return this.firsts[key]!;
  }

  /** The key that a lane's headers, all of them, belong to. */
  ofLane(lane: Lane): number {
    const key = this.byHeaders.get(sorted(routed(lane)));
    must(key !== undefined, () => `a lane with the headers ${JSON.stringify(lane.headers)}`);
    return key;
  }
}
