/** ServiceEntry: services that Kubernetes does not know. */
import type { ApplicationProtocol, Phase, Service } from "../../protocol/model.js";
import { nameOf } from "../hosts.js";
import { metadataOf, namespaceOf, type Resource } from "../resource.js";

export function serviceEntries(protocol: ApplicationProtocol, phase: Phase): Resource[] {
  return protocol.services
    .filter(({ serviceEntry }) => serviceEntry !== undefined)
    .map((service) => toServiceEntry(protocol, service, phase));
}

function toServiceEntry(
  protocol: ApplicationProtocol,
  { host, port, targetPort, addresses, serviceEntry = {} }: Service,
  phase: Phase,
): Resource {
  const isTcp = protocol.mode !== "lanes" || phase === "prepare";
  const { location = "MESH_EXTERNAL", resolution = "STATIC", endpoints = [] } = serviceEntry;
  const prefix = isTcp ? "tcp" : "http2";
  const namespace = serviceEntry.namespace ?? namespaceOf(protocol, host);
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "ServiceEntry",
    metadata: metadataOf(protocol, { suffix: nameOf(host), namespace }),
    spec: {
      hosts: [host],
      ...(addresses !== undefined && { addresses }),
      location,
      resolution,
      ports: [
        {
          number: port,
          name: `${prefix}-${protocol.name}`,
          protocol: isTcp ? "TCP" : "HTTP2",
          ...(targetPort !== undefined && { targetPort }),
        },
      ],
      ...(endpoints.length > 0 && {
        endpoints: endpoints.map(({ address, port: own, labels, serviceAccount }) => ({
          address,
          ...(own !== undefined && { ports: { [`${prefix}-${protocol.name}`]: own } }),
          ...(labels !== undefined && { labels }),
          ...(serviceAccount !== undefined && { serviceAccount }),
        })),
      }),
    },
  };
}
