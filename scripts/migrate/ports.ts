/** Aeraki names the protocol of a port by the port's name. */

export interface PortName {
  /** As Aeraki calls it, e.g. `dubbo`. */
  protocol: string;
  /** Served by Envoy's own filter, not by Aeraki's proxy: `tcp-dubbo`, `tcp-thrift`, … */
  isNative: boolean;
  /** What follows the protocol, e.g. `-hello-server`. */
  rest: string;
}

/** Protocols that Aeraki hands to Envoy's own filters. */
const NATIVE = ["dubbo", "thrift", "redis", "kafka", "zookeeper", "mongo", "mysql"];

/** What Aeraki makes of a port's name: `tcp-metaprotocol-dubbo`, `tcp-thrift-hello`, … */
export function readPortName(name: string): PortName | undefined {
  const [, second, third, ...rest] = name.split("-");
  const marker = second?.toLowerCase();
  if (marker === "metaprotocol" && third !== undefined) {
    return { protocol: third, isNative: false, rest: suffix(rest) };
  }
  if (marker === undefined || !NATIVE.includes(marker)) return undefined;
  return {
    protocol: marker,
    isNative: true,
    rest: suffix(third === undefined ? [] : [third, ...rest]),
  };
}

function suffix(parts: string[]): string {
  return parts.map((part) => `-${part}`).join("");
}

/** The name that makes Istio take the port for HTTP/2, other than all `taken`. */
export function http2Name(
  { protocol, rest }: PortName,
  number: number,
  taken: readonly string[],
): string {
  const name = `http2-${protocol}${rest}`;
  return taken.includes(name) ? `${name}-${number}` : name;
}
