/** `ip:port`, `[ipv6]:port` and `hostname:port`. */
import { isIP } from "node:net";

export interface Endpoint {
  host: string;
  port: number;
  /** The host is a name that DNS has to resolve. */
  isName: boolean;
}

const LABEL = "[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?";
const HOSTNAME = new RegExp(`^${LABEL}(\\.${LABEL})*$`);

/** The parts of an endpoint, or null if it is none. */
export function parseEndpoint(text: string): Endpoint | null {
  const [, six, other, digits] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port < 1 || port > 65535) return null;
  if (six !== undefined) return isIP(six) === 6 ? { host: six, port, isName: false } : null;
  const host = other ?? "";
  if (isIP(host) === 4) return { host, port, isName: false };
  // All digits and dots is a mistyped address, not a name.
  return HOSTNAME.test(host) && !/^[\d.]+$/.test(host) ? { host, port, isName: true } : null;
}
