/** Which routing key a lane belongs to, by all of its headers. */
import type { Lane } from "../host/lane.js";
import { headersOf, KEYS } from "../property/calls.js";
import { must } from "./oracle.js";

const sorted = (headers: Iterable<readonly [string, string]>): string =>
  JSON.stringify([...headers].sort());
const keysByHeaders = new Map(KEYS.map((_, key) => [sorted(Object.entries(headersOf(key))), key]));
/** By the list of headers, which is the same for lanes with the same ones. */
const keysKnown = new WeakMap<object, number>();

/** The key that a lane's headers, all of them, belong to. */
export function keyOf({ headers }: Lane): number {
  let key = keysKnown.get(headers);
  if (key === undefined) {
    key = keysByHeaders.get(sorted(headers));
    must(key !== undefined, () => `a lane with the headers ${JSON.stringify(headers)}`);
    keysKnown.set(headers, key);
  }
  return key;
}
