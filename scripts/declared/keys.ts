/** Which keys of routes the requests of a described protocol have. */
import type { Description } from "./model.js";

/** Does a request of this protocol have the key? */
export function carries({ request }: Description, key: string): boolean {
  const name = /^attachment\.(.+)$/.exec(key)?.[1];
  if (name === undefined) return key in request && key !== "attachments";
  return request.attachments.some((a) => !("name" in a) || a.name === name);
}

/** The keys of its requests in words, for error messages. */
export function keysOf({ request }: Description): string {
  const { attachments, ...slots } = request;
  const names = attachments.map((a) =>
    "name" in a ? `attachment.${a.name}` : "attachment.<name>",
  );
  const all = [...new Set([...Object.keys(slots), ...names])];
  return all.length === 0 ? "none" : all.join(", ");
}
