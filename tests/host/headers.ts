/** The header blocks that a client sends. */
import { decodeHeaders } from "./hpack.js";
import { Violation } from "./violation.js";

const known = new Map<string, [string, string][]>();

/** The headers in a block, checked. The same few blocks come again and again. */
export function readHeaders(block: Buffer): [string, string][] {
  const text = block.toString("latin1");
  let headers = known.get(text);
  if (headers === undefined) {
    headers = decodeHeaders(block);
    checkHeaders(headers);
    if (known.size < 1000) known.set(text, headers);
  }
  return headers;
}

/** RFC 9113, 8.2 and 8.3, as far as it can go wrong here. */
function checkHeaders(headers: [string, string][]): void {
  const pseudo = headers.filter(([name]) => name.startsWith(":")).map(([name]) => name);
  const wanted = [":method", ":scheme", ":path", ":authority"];
  if (headers.findIndex(([n]) => !n.startsWith(":")) !== -1) {
    const first = headers.findIndex(([n]) => !n.startsWith(":"));
    if (headers.slice(first).some(([n]) => n.startsWith(":"))) {
      throw new Violation("a pseudo-header behind a header");
    }
  }
  if (pseudo.length !== 4 || wanted.some((w) => !pseudo.includes(w))) {
    throw new Violation(`pseudo-headers ${pseudo.join(" ")}`);
  }
  for (const [name, value] of headers) {
    if (!/^:?[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) throw new Violation(`header name ${name}`);
    if (/[\0\r\n]|^[ \t]|[ \t]$/.test(value)) throw new Violation(`value of ${name}: ${value}`);
  }
}
