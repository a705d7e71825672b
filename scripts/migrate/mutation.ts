/** What MetaRouter writes into messages. */
import { isDeepStrictEqual } from "node:util";
import type { Field } from "./field.js";
import { compare } from "./order.js";
import { groupPorts, type Host } from "./mesh.js";

/**
 * Argot changes the attachments of all requests alike: what all routes of a MetaRouter write is
 * kept, anything else is not.
 */
export function migrateMutation(routes: Field, host: Host): void {
  const all = routes.items();
  for (const route of all) {
    route.at("responseMutation").none("Argot changes no answers; let the server write it.");
  }
  const fields = all.map((route) => route.at("requestMutation"));
  const [first, ...others] = fields.map(pairsOf);
  if (first === undefined || !fields.some(({ isSet }) => isSet)) return;
  const isShared = others.every((pairs) => isDeepStrictEqual(pairs, first));
  const [group, ...more] = groupPorts(host.ports);
  for (const field of fields) {
    if (!field.isSet) continue;
    if (group === undefined || more.length > 0 || !group.codec.mutates) {
      field.none(
        "Aeraki's codec for this protocol changes no requests, so it had no effect. " +
          "Where the protocol has room for it, write `attachments: { set: … }` in the ApplicationProtocol.",
      );
    } else if (!isShared) {
      field.none(
        "Argot's `attachments` change all requests of a protocol alike, and these routes differ. " +
          "Let the client write it, or give all routes the same `requestMutation`.",
      );
    } else host.mutation = { set: first, fields: fields.filter(({ isSet }) => isSet) };
  }
}

function pairsOf(mutation: Field): Record<string, string> {
  const pairs = mutation.items().map((pair): [string, string] => {
    const remedy = "Write `key` and `value`, both as text.";
    return [pair.at("key").needed(remedy), pair.at("value").needed(remedy)];
  });
  return Object.fromEntries(pairs.sort(([a], [b]) => compare(a, b)));
}
