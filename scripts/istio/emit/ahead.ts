/**
 * What clients' sidecars have before a port becomes HTTP2, and still have when it is TCP again:
 * the listener, and a route for each service. Istio makes and takes both with the port's protocol.
 * The listener comes up only while the one before it is gone already, and the routes are gone
 * while lanes of older connections still open.
 */
import type { ConfigMap } from "../../protocol/emit/notes.js";
import type { ApplicationProtocol, Service } from "../../protocol/model.js";
import { outboundCluster } from "../hosts.js";
import { metadataOf, type Resource } from "../resource.js";
import type { ClusterOf } from "./clusters.js";
import { distinct, type Patch } from "./patches.js";

/** A service that nobody calls on each port, for which Istio makes the port's HTTP listener. */
export function listenersAhead(protocol: ApplicationProtocol): Resource[] {
  return [
    {
      apiVersion: "networking.istio.io/v1",
      kind: "ServiceEntry",
      metadata: metadataOf(protocol, { suffix: "ahead" }),
      spec: {
        hosts: [`${protocol.name}.argot.internal`],
        location: "MESH_INTERNAL",
        resolution: "STATIC",
        ports: distinct(protocol.services.map(({ port }) => port)).map((number) => ({
          number,
          name: `http2-${number}`,
          protocol: "HTTP2",
        })),
      },
    },
  ];
}

/**
 * For lanes that find no route of Istio's.
 * @param clusterOf where a service's lanes go then: to lanes' clusters only
 */
export function routesAhead(
  { services }: ApplicationProtocol,
  clusterOf: (service: Service) => ClusterOf | undefined,
): Patch[] {
  return services.flatMap((service) => {
    const cluster = clusterOf(service);
    if (cluster === undefined) return [];
    return {
      applyTo: "VIRTUAL_HOST",
      match: {
        context: "SIDECAR_OUTBOUND",
        routeConfiguration: { name: String(service.port) },
      },
      patch: { operation: "ADD", value: virtualHost(service, cluster) },
    };
  });
}

function virtualHost({ host, port, addresses = [] }: Service, to: ClusterOf): ConfigMap {
  const called = addresses.map((ip) => (ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`));
  return {
    name: `argot-ahead|${host}`,
    domains: [host, ...called].map(likely),
    routes: [
      {
        match: { prefix: "/" },
        route: { cluster: outboundCluster(to.host, to.port, to.subset), timeout: "0s" },
      },
    ],
  };
}

/** Envoy prefers Istio's domain, which has no wildcard, and takes no domain twice. */
function likely(domain: string): string {
  return `${domain.slice(0, -1)}*`;
}
