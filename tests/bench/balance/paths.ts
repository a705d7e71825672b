/** What is compared: one Envoy, to the same servers by HTTP, and by lanes of several settings. */
import { clustersOf } from "../../../scripts/protocol/emit/clusters.js";
import { listenerOf } from "../../../scripts/protocol/emit/listeners.js";
import { plain, type ConfigMap } from "../../../scripts/protocol/emit/notes.js";
import { toProtocol, type LaneLimits } from "../../../scripts/protocol/model.js";
import type { Bootstrap } from "../../support/envoy.js";
import type { Ports } from "./servers.js";

export interface Path {
  name: string;
  /** Where Envoy listens. */
  port: number;
  /** Settings of the lanes, {} for the defaults; undefined: Envoy's own HTTP. */
  lanes?: LaneLimits;
}

/** Without their ports. */
export const PATHS: Omit<Path, "port">[] = [
  { name: "http" },
  { name: "lanes", lanes: {} },
  ...[1, 2, 4, 8].map((spread) => ({ name: `spread-${spread}`, lanes: { spread } })),
];

/**
 * The Envoy configuration: a listener and a cluster for each path. All clusters are those that
 * `argot envoy` makes, that of HTTP without the part which makes lanes of requests: the servers
 * are asked by HTTP/1.1, so that each of Envoy's requests is one in flight, as in a lane.
 */
export function bootstrap(paths: Path[], ports: Ports, wasm: string): Bootstrap {
  const configs = paths.map((path) => {
    const servers = path.lanes === undefined ? ports.http : ports.dubbo;
    const protocol = protocolOf(path, servers);
    const clusters = clustersOf([protocol]).map(plain) as ConfigMap[];
    if (path.lanes !== undefined) {
      const [service] = protocol.services;
      return { listener: plain(listenerOf(protocol, service!, { wasm })), clusters };
    }
    for (const cluster of clusters) delete cluster.upstream_config;
    return { listener: httpListener(path, String(clusters[0]?.name)), clusters };
  });
  return {
    static_resources: {
      listeners: configs.map(({ listener }) => listener),
      clusters: configs.flatMap(({ clusters }) => clusters),
    },
  };
}

/** What a user would write. */
function protocolOf({ name, port, lanes = {} }: Path, servers: number[]) {
  const endpoints = servers.map((server) => `127.0.0.1:${server}`);
  return toProtocol({
    metadata: { name },
    spec: {
      protocol: "dubbo",
      lanes,
      services: [{ host: `${name}.bench`, port, subsets: [{ name: "all", endpoints }] }],
    },
  });
}

function httpListener({ name, port }: Path, cluster: string) {
  const filters = "type.googleapis.com/envoy.extensions.filters";
  const manager = {
    "@type": `${filters}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: name,
    generate_request_id: false,
    route_config: {
      name,
      virtual_hosts: [
        { name, domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster } }] },
      ],
    },
    http_filters: [
      {
        name: "envoy.filters.http.router",
        typed_config: { "@type": `${filters}.http.router.v3.Router` },
      },
    ],
  };
  const filter = {
    name: "envoy.filters.network.http_connection_manager",
    typed_config: manager,
  };
  return {
    name,
    address: { socket_address: { address: "127.0.0.1", port_value: port } },
    filter_chains: [{ filters: [filter] }],
  };
}
