/** What is compared: one Envoy, six ways through it to the same echo server. */
import { clustersOf } from "../../scripts/protocol/emit/clusters.js";
import { listenerOf } from "../../scripts/protocol/emit/listeners.js";
import { plain } from "../../scripts/protocol/emit/notes.js";
import { toProtocol, type LaneLimits, type Mode } from "../../scripts/protocol/model.js";
import type { Bootstrap } from "../support/envoy.js";

export const PATHS = [
  "lanes",
  "connection",
  "tcp_proxy",
  "dubbo_proxy",
  "generic_proxy",
  "generic_proxy_unbound",
] as const;
export type Path = (typeof PATHS)[number];

/** Where the paths listen that are measured. */
export type Ports = Partial<Record<Path, number>>;

const NETWORK = "type.googleapis.com/envoy.extensions.filters.network";
const SERVICE = "org.apache.demo.UserService"; // what the load generator calls
const HOST = "user.bench";
/** Bytes. generic_proxy breaks a connection whose requests in flight exceed it (by default 1 MiB). */
const BUFFER_LIMIT = 16 << 20;

/**
 * The Envoy configuration with a listener for each path, to the echo server on `echoPort`.
 * @param wasm path of argot.wasm
 * @param lanes limits of mode lanes that are not the defaults
 */
export function bootstrap(
  ports: Ports,
  echoPort: number,
  wasm: string,
  lanes?: LaneLimits,
): Bootstrap {
  const protocols = (["lanes", "connection"] as const).flatMap((mode) => {
    const port = ports[mode];
    return port === undefined ? [] : argot(mode, port, echoPort, lanes);
  });
  const own = protocols.flatMap((protocol) =>
    protocol.services.map((service) => plain(listenerOf(protocol, service, { wasm }))),
  );
  const others = Object.entries({
    tcp_proxy: tcpProxy(),
    dubbo_proxy: dubboProxy(),
    generic_proxy: genericProxy("generic_proxy", true),
    generic_proxy_unbound: genericProxy("generic_proxy_unbound", false),
  }).flatMap(([path, filter]) => {
    const port = ports[path as Path];
    return port === undefined ? [] : listener(path, port, filter);
  });
  // A cluster each: with a common one, Envoy 1.40 crashed in generic_proxy or its neighbours.
  const clusters = PATHS.map((path) => cluster(path, echoPort));
  return {
    static_resources: {
      listeners: [...own, ...others].map(widened),
      clusters: [...clustersOf(protocols).map(plain), ...clusters].map(widened),
    },
  };
}

function widened(part: unknown): object {
  return { ...(part as object), per_connection_buffer_limit_bytes: BUFFER_LIMIT };
}

/**
 * What a user would write: the listeners and clusters are those that `argot envoy` makes of it.
 * All metadata must be decoded: the group is an attachment, behind the arguments.
 */
function argot(mode: Mode, port: number, echoPort: number, lanes?: LaneLimits) {
  return toProtocol({
    metadata: { name: `bench-${mode}` },
    spec: {
      protocol: "dubbo",
      mode,
      ...(mode === "lanes" && lanes && { lanes }),
      routeOn: ["service", "method", "group"],
      services: [
        {
          host: HOST,
          port,
          subsets: [{ name: "echo", endpoints: [`127.0.0.1:${echoPort}`] }],
          routes: [
            {
              name: "blue",
              match: [
                { key: "service", exact: SERVICE },
                { key: "group", exact: "blue" },
              ],
              to: [{ subset: "echo" }],
            },
          ],
        },
      ],
    },
  });
}

function listener(name: string, port: number, filter: object) {
  return {
    name,
    address: { socket_address: { address: "127.0.0.1", port_value: port } },
    filter_chains: [{ filters: [filter] }],
  };
}

function tcpProxy() {
  return {
    name: "envoy.filters.network.tcp_proxy",
    typed_config: {
      "@type": `${NETWORK}.tcp_proxy.v3.TcpProxy`,
      stat_prefix: "tcp_proxy",
      cluster: "tcp_proxy",
    },
  };
}

function dubboProxy() {
  const match = { method: { name: { exact: "getUser" } } };
  return {
    name: "envoy.filters.network.dubbo_proxy",
    typed_config: {
      "@type": `${NETWORK}.dubbo_proxy.v3.DubboProxy`,
      stat_prefix: "dubbo_proxy",
      route_config: [
        {
          name: "user",
          interface: SERVICE,
          routes: [{ match, route: { cluster: "dubbo_proxy" } }],
        },
      ],
    },
  };
}

function genericProxy(path: Path, bound: boolean) {
  const typed = (name: string, type: string, fields: object = {}) => ({
    name,
    typed_config: { "@type": `${NETWORK}.generic_proxy.${type}`, ...fields },
  });
  const matcher = {
    predicate: {
      single_predicate: {
        input: typed("service", "matcher.v3.HostMatchInput"),
        value_match: { exact: SERVICE },
      },
    },
    on_match: { action: typed("route", "action.v3.RouteAction", { cluster: path }) },
  };
  return typed("envoy.filters.network.generic_proxy", "v3.GenericProxy", {
    stat_prefix: path,
    codec_config: typed("envoy.generic_proxy.codecs.dubbo", "codecs.dubbo.v3.DubboCodecConfig"),
    filters: [
      typed("envoy.filters.generic.router", "router.v3.Router", {
        bind_upstream_connection: bound,
      }),
    ],
    route_config: {
      name: path,
      virtual_hosts: [
        { name: "all", hosts: ["*"], routes: { matcher_list: { matchers: [matcher] } } },
      ],
    },
  });
}

/** For one of Envoy's own proxies; its limits are as wide as those of Argot's clusters. */
function cluster(name: string, port: number) {
  const many = 1_000_000;
  const address = { socket_address: { address: "127.0.0.1", port_value: port } };
  return {
    name,
    connect_timeout: "2s",
    circuit_breakers: {
      thresholds: [{ max_connections: many, max_pending_requests: many, max_requests: many }],
    },
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }],
    },
  };
}
