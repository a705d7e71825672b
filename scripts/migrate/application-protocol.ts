/** Argot's ApplicationProtocols: one for each protocol, with all services that speak it. */
import type { Host, Mesh, Port } from "./mesh.js";
import { compare } from "./order.js";

interface Served {
  host: Host;
  port: Port;
}

/** In order of their names. */
export function applicationProtocols(mesh: Mesh): object[] {
  const groups = new Map<string, Served[]>();
  for (const host of mesh.hosts) {
    for (const port of host.ports) {
      const group = groups.get(port.name.protocol);
      if (group === undefined) groups.set(port.name.protocol, [{ host, port }]);
      else group.push({ host, port });
    }
  }
  return [...groups].sort(byName).map(([name, served]) => applicationProtocol(name, served));
}

function applicationProtocol(name: string, served: Served[]): object {
  const [first] = served;
  const set = sharedMutation(served);
  return {
    apiVersion: "argot.dev/v1",
    kind: "ApplicationProtocol",
    metadata: { name: name.toLowerCase() },
    spec: {
      protocol: first?.port.codec.protocol,
      routeOn: routeOn(served),
      ...(set && { attachments: { set } }),
      ...(served.some(({ host }) => host.hasGateway) && { istio: { gateway: true } }),
      services: served.sort(byHost).map(({ host, port: { number, targetPort } }) => ({
        ...{ host: host.host, port: number },
        ...(targetPort !== undefined && targetPort !== number && { targetPort }),
        ...(host.addresses.length > 0 && { addresses: host.addresses }),
      })),
    },
  };
}

/** The order in which keys are written; attachments follow. */
const KEYS = ["service", "method", "version", "group", "parameterTypes"];

function routeOn(served: Served[]): string[] {
  const keys = new Set(served.flatMap(({ port }) => [...port.keys]));
  const rank = (key: string) => (KEYS.includes(key) ? KEYS.indexOf(key) : KEYS.length);
  return [...keys].sort((a, b) => rank(a) - rank(b) || compare(a, b));
}

/** `attachments` are for all services of a document: only what all of them write can be kept. */
function sharedMutation(served: Served[]): Record<string, string> | undefined {
  const all = served.map(({ host }) => host.mutation);
  const [first] = all;
  const isShared = all.every((each) => JSON.stringify(each?.set) === JSON.stringify(first?.set));
  for (const field of new Set(all.flatMap((each) => each?.fields ?? []))) {
    if (isShared) {
      field.differently(
        "ApplicationProtocol spec.attachments.set",
        "Requests whose attachments can't be changed are refused with the protocol's error.",
      );
    } else {
      field.none(
        "Argot's `attachments` change the requests of all services of a protocol, and others of " +
          "these write something else, or nothing. Let the client write it.",
      );
    }
  }
  return isShared ? first?.set : undefined;
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return compare(a, b);
}

function byHost(a: Served, b: Served): number {
  return compare(a.host.host, b.host.host) || a.port.number - b.port.number;
}
