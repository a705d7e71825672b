/**
 * How a request's metadata looks to Envoy. In mode `lanes` the filter sends every key of `routeOn`
 * as a header of the lane's HTTP/2 request, and routes match those headers; in mode `connection`
 * it sets a filter state object of every key. A key that a request lacks is not sent.
 */

/** On a lane's request: the number that Envoy looks up in a route's weights. */
export const RANDOM_HEADER = "x-argot-random";
/** On a lane's response: its part of the weights, or all weights of its route. */
export const WEIGHT_HEADER = "x-argot-weight";

const PREFIX = "x-argot-";
const ATTACHMENT = "attachment.";

/** Header name of a key, e.g. `x-argot-method`, `x-argot-attachment-user` for `attachment.user`. */
export function headerOf(key: string): string {
  if (key === "parameterTypes") return `${PREFIX}parameter-types`;
  if (!key.startsWith(ATTACHMENT)) return PREFIX + key;
  return `${PREFIX}attachment-${headerSafe(key.slice(ATTACHMENT.length))}`;
}

/** Lower case, and every UTF-16 unit that is not one of a-z 0-9 _ . - becomes a dash. */
function headerSafe(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase()).replace(/[^a-z0-9_.-]/g, "-");
}

/**
 * A value as the header has it: control characters and spaces at its ends, which HTTP/2 forbids
 * or drops, as %XX.
 */
export function headerValueOf(value: string): string {
  return value.replace(/[\x00-\x1f\x7f]|^ | $/g, (char) => {
    return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  });
}

/** Name of the filter state object of a key, or of `rule`, in mode `connection`. */
export function filterStateOf(key: string): string {
  return `wasm.argot.${key}`;
}
