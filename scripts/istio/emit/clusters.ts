/**
 * Clusters of lanes. Envoy's tcp_proxy can't use a cluster with `upstream_config`, so while a port
 * may still be TCP only those are patched that no TCP listener goes to: outbound the subsets,
 * inbound a cluster of our own.
 */
import { noted } from "../../protocol/emit/notes.js";
import type { ApplicationProtocol } from "../../protocol/model.js";
import { RAW_UPSTREAM, type Context, type Patch } from "./patches.js";
import { isInMesh, servedPorts } from "./plugin.js";

/** A cluster of istiod's: that of a service's port, or of a subset of it. */
export interface ClusterOf {
  host: string;
  port: number;
  /** Undefined: the port's own, and all of its subsets. */
  subset?: string;
}

export function outboundClusters(clusters: readonly ClusterOf[], contexts: Context[]): Patch[] {
  return clusters.flatMap(({ host, port, subset }) =>
    contexts.map((context) => ({
      applyTo: "CLUSTER",
      match: {
        context,
        cluster: { service: host, portNumber: port, ...(subset !== undefined && { subset }) },
      },
      patch: { operation: "MERGE", value: { upstream_config: RAW_UPSTREAM } },
    })),
  );
}

/** As many connections as there are lanes; Istio's own inbound clusters have no limit either. */
const UNLIMITED = 4_294_967_295;
/** The address from which Istio's sidecars call the application where they intercept. */
const INBOUND_SOURCE = "127.0.0.6";

/** For each port of the servers a cluster that goes to the application, and its route to it. */
export function inboundClusters(protocol: ApplicationProtocol): Patch[] {
  const interception = protocol.istio?.interception ?? "REDIRECT";
  const inMesh = protocol.services.filter(isInMesh);
  const targets = servedPorts(protocol);
  const routes = new Map(inMesh.map(({ port, targetPort = port }) => [port, targetPort]));
  return [
    ...targets.map((port) => ({
      applyTo: "CLUSTER",
      match: { context: "SIDECAR_INBOUND" },
      patch: {
        operation: "ADD",
        value: {
          name: clusterName(port),
          ...(interception === "NONE" ? localServer(port) : calledServer()),
          connect_timeout: "10s",
          circuit_breakers: {
            thresholds: [
              {
                max_connections: UNLIMITED,
                max_pending_requests: UNLIMITED,
                max_requests: UNLIMITED,
                max_retries: UNLIMITED,
                track_remaining: true,
              },
            ],
          },
          upstream_config: RAW_UPSTREAM,
        },
      },
    })),
    ...[...routes]
      .sort(([a], [b]) => a - b)
      .map(([port, targetPort]) => ({
        applyTo: "HTTP_ROUTE",
        match: {
          context: "SIDECAR_INBOUND",
          routeConfiguration: {
            name: `inbound|${targetPort}||`,
            vhost: { name: `inbound|http|${port}`, route: { name: "default" } },
          },
        },
        patch: { operation: "MERGE", value: { route: { cluster: clusterName(targetPort) } } },
      })),
  ];
}

function clusterName(port: number): string {
  return `argot-inbound|${port}`;
}

/** The address that the client called, as Istio's own inbound clusters go to it. */
function calledServer() {
  return {
    type: noted("The address that the client called is the application's.", "ORIGINAL_DST"),
    lb_policy: "CLUSTER_PROVIDED",
    upstream_bind_config: { source_address: { address: INBOUND_SOURCE, port_value: 0 } },
  };
}

function localServer(port: number) {
  const address = { socket_address: { address: "127.0.0.1", port_value: port } };
  return {
    type: "STATIC",
    load_assignment: {
      cluster_name: clusterName(port),
      endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }],
    },
  };
}
