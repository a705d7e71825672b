/** The services that the files speak of, and what their routes need. */
import type { Codec } from "./codecs.js";
import type { Field } from "./field.js";
import type { PortName } from "./ports.js";

/** A port that Aeraki serves and Argot is to serve. */
export interface Port {
  number: number;
  /** Of the servers; undefined: the files name it, but do not say its number. */
  targetPort: number | undefined;
  name: PortName;
  codec: Codec;
  /** The keys that routes and policies of this port need. */
  keys: Set<string>;
}

export interface Host {
  host: string;
  namespace: string;
  /** IP addresses of its own. */
  addresses: string[];
  ports: Port[];
  /** Why Argot serves none of its ports, where that is so. */
  unserved: string;
  /** Its other ports that Istio routes as HTTP. */
  httpPorts: number[];
  /** What its routes come from, if any. */
  router?: string;
  /** Gateways send it requests, too. */
  hasGateway: boolean;
  /** Attachments that all its requests get, and where that is written. */
  mutation?: { set: Record<string, string>; fields: Field[] };
}

export class Mesh {
  private readonly byName = new Map<string, Host>();

  get hosts(): Host[] {
    return [...this.byName.values()];
  }

  /** Of two of one name the first counts. */
  add(host: Host): void {
    if (!this.byName.has(host.host)) this.byName.set(host.host, host);
  }

  find(name: string): Host | undefined {
    return this.byName.get(name);
  }

  /** The ports of a protocol in a namespace. */
  portsOf(protocol: string, namespace: string): Port[] {
    return this.hosts
      .filter((host) => host.namespace === namespace)
      .flatMap(({ ports }) => ports)
      .filter(({ codec }) => codec.protocol === protocol);
  }
}

/** Ports of one codec: what one set of routes is for. */
export interface PortGroup {
  codec: Codec;
  ports: Port[];
}

/** The host's ports by protocol, in the order of their numbers. */
export function groupPorts(ports: readonly Port[]): PortGroup[] {
  const groups: PortGroup[] = [];
  for (const port of [...ports].sort((a, b) => a.number - b.number)) {
    const group = groups.find(({ codec }) => codec.protocol === port.codec.protocol);
    if (group === undefined) groups.push({ codec: port.codec, ports: [port] });
    else group.ports.push(port);
  }
  return groups;
}

/** Do routes have to say which ports they are for? Those of a VirtualService are for all. */
export function needsPorts({ ports, httpPorts }: Host): boolean {
  return httpPorts.length > 0 || groupPorts(ports).length > 1;
}
