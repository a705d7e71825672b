/** Envoy clusters: where the instances of each subset listen. */
import { parseEndpoint } from "../endpoint.js";
import type { ApplicationProtocol, Model, Service, Subset } from "../model.js";
import { clusterName } from "./names.js";

import { noted, type Config, type ConfigMap } from "./notes.js";
import { redisCluster } from "./redis.js";

/** Envoy's own limits are made for HTTP traffic; far above what one machine can do. */
const MANY = 1_000_000;

const UPSTREAM_CONFIG = {
  name: "envoy.filters.connection_pools.http.tcp",
  typed_config: {
    "@type": "type.googleapis.com/envoy.extensions.upstreams.http.tcp.v3.TcpConnectionPoolProto",
  },
};

/** A cluster for each subset of each service, in the model's order. */
export function clustersOf(model: Model): ConfigMap[] {
  return model.flatMap((protocol) =>
    protocol.services.flatMap((service) =>
      service.subsets.map((subset) => clusterOf(protocol, service, subset)),
    ),
  );
}

function clusterOf(protocol: ApplicationProtocol, service: Service, subset: Subset): ConfigMap {
  const name = clusterName(service, subset.name);
  const endpoints = subset.endpoints.map((text) => {
    const endpoint = parseEndpoint(text);
    if (endpoint === null) throw new Error(`${text} is no endpoint`);
    return endpoint;
  });
  const toConfig = ({ host, port }: { host: string; port: number }): Config => ({
    endpoint: { address: { socket_address: { address: host, port_value: port } } },
  });
  return {
    name,
    type: endpoints.some(({ isName }) => isName) ? "STRICT_DNS" : "STATIC",
    connect_timeout: "2s",
    ...(protocol.mode === "native" ? redisCluster(protocol) : { lb_policy: "LEAST_REQUEST" }),
    circuit_breakers: {
      thresholds: [
        {
          max_connections: MANY,
          max_pending_requests: MANY,
          max_requests: MANY,
          max_retries: MANY,
        },
      ],
    },
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: endpoints.map(toConfig) }],
    },
    ...(protocol.mode === "lanes" && {
      outlier_detection: noted(
        "An endpoint that refuses connections has nothing in flight: it would be preferred.",
        { consecutive_5xx: 3, base_ejection_time: "5s", max_ejection_percent: 100 },
      ),
      upstream_config: noted(
        "A lane's bytes go out raw on one TCP connection: the server sees its own protocol only.",
        UPSTREAM_CONFIG,
      ),
    }),
  };
}
