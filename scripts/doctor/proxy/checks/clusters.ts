/** Can lanes, and TCP connections, use the clusters that they are sent to? */
import type { Cluster } from "../envoy.js";
import type { ProxyFinding } from "../finding.js";
import { clustersOf, isRaw, rawClusterOf, virtualHosts } from "../lane-routes.js";
import { isHttpOnly, type Proxy } from "../proxy.js";

/** Envoy's own limits, where a cluster says nothing. */
const ENVOY_LIMIT = 1_024;

export function checkClusters(proxy: Proxy): ProxyFinding[] {
  const names = new Set(
    proxy.lanes.flatMap((chain) =>
      virtualHosts(chain, proxy).flatMap(({ routes = [] }) =>
        routes.flatMap((route) => clustersOf(route).map(({ name }) => name)),
      ),
    ),
  );
  return [
    ...[...names].flatMap((name) => laneCluster(name, proxy)),
    ...tcpClusters(proxy),
    ...withoutFilter(proxy),
  ];
}

function laneCluster(name: string, proxy: Proxy): ProxyFinding[] {
  const cluster = proxy.configuration.clusters.get(name);
  const where = `cluster ${name}`;
  if (cluster === undefined) {
    return [
      {
        check: "no-such-cluster",
        state: "wrong",
        where,
        evidence: "a route of lanes names it, and the proxy does not have it",
        reason: "Each call that takes this route gets an error reply (503).",
        remedy:
          "See that the DestinationRule has the subset that the VirtualService names, and that the proxy's Sidecar lets the host in.",
      },
    ];
  }
  return [
    ...noUpstreamConfig(cluster, where),
    ...noEndpoints(cluster, where, proxy),
    ...limits(cluster, where, proxy),
    ...refusedConnections(name, where, proxy),
  ];
}

function noUpstreamConfig(cluster: Cluster, where: string): ProxyFinding[] {
  if (isRaw(cluster)) return [];
  return [
    {
      check: "no-upstream-config",
      state: "wrong",
      where,
      evidence: "lanes are routed to it, and it has no `upstream_config` of TcpConnectionPoolProto",
      reason:
        "Envoy speaks HTTP to the server, which closes the connection: each call gets an error reply.",
      remedy:
        "Apply the EnvoyFilter `argot-<name>-clusters` of `argot manifest`, made with the VirtualService and DestinationRule at hand.",
    },
  ];
}

function noEndpoints(cluster: Cluster, where: string, { configuration }: Proxy): ProxyFinding[] {
  const { name, type, load_assignment } = cluster;
  if (type === "ORIGINAL_DST" || configuration.endpoints === undefined) return [];
  const endpoints = configuration.endpoints.get(name) ?? load_assignment?.endpoints ?? [];
  const all = endpoints.flatMap(({ lb_endpoints = [] }) => lb_endpoints);
  const unfit = ["UNHEALTHY", "DRAINING", "TIMEOUT"];
  const fit = all.filter(({ health_status = "" }) => !unfit.includes(health_status));
  if (fit.length > 0) return [];
  return [
    {
      check: "no-endpoints",
      state: "wrong",
      where,
      evidence: `${all.length} endpoints, none of them healthy`,
      reason: "Each call that is routed there gets an error reply (503, no healthy upstream).",
      remedy:
        "See that the subset's labels are those of ready pods (`kubectl get pods -l …`), and that the Service selects them.",
    },
  ];
}

/** Each lane takes a connection of its own. */
function limits(
  { name, circuit_breakers }: Cluster,
  where: string,
  { stats }: Proxy,
): ProxyFinding[] {
  const normal = ({ priority = "DEFAULT" }) => priority === "DEFAULT";
  const { max_connections = ENVOY_LIMIT, max_pending_requests = ENVOY_LIMIT } =
    circuit_breakers?.thresholds?.find(normal) ?? {};
  const least = Math.min(max_connections, max_pending_requests);
  const overflows =
    (stats.of("cluster", name, "upstream_cx_overflow") ?? 0) +
    (stats.of("cluster", name, "upstream_rq_pending_overflow") ?? 0);
  if (overflows === 0 && least > ENVOY_LIMIT) return [];
  return [
    {
      check: "connection-limit",
      state: overflows > 0 ? "wrong" : "doubtful",
      where,
      evidence: `max_connections ${max_connections}, max_pending_requests ${max_pending_requests}; overflows: ${overflows}`,
      reason:
        "Each lane is a connection of its own, a few for each routing key of each client; beyond the limit calls get error replies (503).",
      remedy:
        "Raise `connectionPool.tcp.maxConnections` and `http.http1MaxPendingRequests` of the DestinationRule above clients × keys × 4, or lower `lanes.spread`.",
    },
  ];
}

function refusedConnections(name: string, where: string, { hosts }: Proxy): ProxyFinding[] {
  const cluster = hosts.cluster_statuses?.find((status) => status.name === name);
  const sum = (what: string) =>
    (cluster?.host_statuses ?? [])
      .flatMap(({ stats = [] }) => stats)
      .reduce((all, stat) => all + (stat.name === what ? Number(stat.value ?? 0) : 0), 0);
  const failed = sum("cx_connect_fail");
  if (failed === 0) return [];
  return [
    {
      check: "servers-refuse",
      state: "doubtful",
      where,
      evidence: `${failed} of ${sum("cx_total")} connections to its servers failed`,
      reason:
        "The server does not listen there, or mutual TLS fails: calls got error replies, or went to another server.",
      remedy:
        "See that the application listens on the Service's `targetPort`, and that PeerAuthentication and DestinationRule agree on mutual TLS.",
    },
  ];
}

function tcpClusters({ chains, configuration }: Proxy): ProxyFinding[] {
  return chains.flatMap(({ tcpProxy, where }) => {
    const names = [
      ...(tcpProxy?.cluster === undefined ? [] : [tcpProxy.cluster]),
      ...(tcpProxy?.weighted_clusters?.clusters ?? []).map(({ name }) => name),
    ];
    return names.flatMap((name): ProxyFinding[] => {
      const cluster = configuration.clusters.get(name);
      if (!isRaw(cluster)) return [];
      return [
        {
          check: "raw-cluster-of-tcp",
          state: "wrong",
          where: `cluster ${name}`,
          evidence: `it has \`upstream_config\`, and tcp_proxy of ${where} uses it`,
          reason: "Envoy resets such connections.",
          remedy:
            "Make the port HTTP2 for the client, too; during a rollout apply `argot manifest --phase prepare` first, and `clean` last.",
        },
      ];
    });
  });
}

/** A connection manager that sends HTTP where lanes belong. */
function withoutFilter(proxy: Proxy): ProxyFinding[] {
  return proxy.chains.flatMap((chain) => {
    const { filters, plugins, where } = chain;
    // A filter that never came, and a chain for HTTP alone, are other matters.
    if (plugins.length > 0 || isHttpOnly(chain)) return [];
    if (filters.some((filter) => filter.config_discovery !== undefined)) return [];
    const raw = rawClusterOf(chain, proxy);
    if (raw === undefined) return [];
    return [
      {
        check: "filter-not-in-chain",
        state: "wrong",
        where,
        evidence: `its routes lead to ${raw}, a cluster of lanes, and no filter of Argot's stands in the chain`,
        reason:
          "Private bytes are taken for HTTP: connections are closed, or fall through unrouted.",
        remedy:
          "Add the port to `match.ports` of the WasmPlugin (outbound the Service's `port`, inbound that or its `targetPort`), and see that its `selector` takes this pod and its `type` is NETWORK.",
      },
    ];
  });
}
