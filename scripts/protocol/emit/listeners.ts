/** Envoy listeners: one for each service, with the filter (if any) in front of what routes. */
import { filterStateOf, headerOf } from "../headers.js";
import type { ApplicationProtocol, Service } from "../model.js";
import { hasCodec } from "../protocols.js";
import { logTo } from "./access-log.js";
import { listenerName } from "./names.js";
import { noted, type Config, type ConfigMap } from "./notes.js";
import { FIRST_FRAME_BYTES, pluginConfiguration } from "./plugin.js";
import { redisProxy } from "./redis.js";
import { routesOf } from "./routes.js";
import { plainTcpProxy } from "./tcp.js";

/** Bytes; what the filter allows, too. */
export const LARGEST_FRAME = 1 << 20;
const NETWORK = "type.googleapis.com/envoy.extensions.filters.network";
/** Twice 48 KiB of `maxMetadataBytes`, each byte of which may have become %XX. */
export const MOST_HEADERS_KB = 320;
/**
 * Between the announcement of a drain and its end a client has time to leave while nothing is
 * refused: the longer the better, but for Istio, which ends a drain after 45 s. Lanes 20 s old
 * hear of it after as many seconds, and a client that does not leave is given up 5 s after the
 * end: 10 s leave another 10 s for the last answers. Envoy's own drain time is 600 s.
 */
const DRAIN_TIMEOUT = "10s";
const DRAIN_NOTE = "While it drains: a client that was told has so long before no lane is opened.";
const WASM_TYPE = `${NETWORK}.wasm.v3.Wasm`;

export interface ListenerOptions {
  /** Path of argot.wasm, as Envoy shall open it. */
  wasm: string;
  /**
   * What gets a line for each lane or connection that ends: "stdout" or the path of a file.
   * Default: no access log.
   */
  accessLog?: string;
  /** Where to listen instead of at the service's port; 0: a port that is free. */
  port?: number;
  /** Files (by name of the listener) that Envoy watches instead of what would stand here. */
  watched?: { routes: (name: string) => Config; plugin: (name: string) => Config };
}

/** The listener of a service. */
export function listenerOf(
  protocol: ApplicationProtocol,
  service: Service,
  options: ListenerOptions,
): ConfigMap {
  const name = listenerName(protocol, service);
  const port = options.port ?? service.port;
  return {
    name,
    address: { socket_address: { address: protocol.address, port_value: port } },
    filter_chains: [{ filters: filtersOf(protocol, service, options) }],
  };
}

function filtersOf(
  protocol: ApplicationProtocol,
  service: Service,
  options: ListenerOptions,
): Config[] {
  if (protocol.mode === "native") return [redisProxy(protocol, service)];
  if (!hasCodec(protocol.protocol)) {
    return [plainTcpProxy(protocol, service, options.accessLog)];
  }
  const terminal = protocol.mode === "lanes" ? httpConnectionManager : tcpProxy;
  return [wasmFilter(protocol, service, options), terminal(protocol, service, options)];
}

/** The plugin's part of the filter chain, as a file that Envoy watches holds it. */
export function wasmConfig(protocol: ApplicationProtocol, service: Service, wasm: string): Config {
  return {
    "@type": WASM_TYPE,
    config: {
      name: listenerName(protocol, service),
      root_id: listenerName(protocol, service),
      vm_config: noted("All listeners share one virtual machine in each worker.", {
        vm_id: "argot",
        runtime: "envoy.wasm.runtime.v8",
        code: { local: { filename: wasm } },
      }),
      failure_policy: noted(
        "After a trap the next connections get a virtual machine of their own, at most one a second.",
        "FAIL_RELOAD",
      ),
      reload_config: { backoff: { base_interval: "1s" } },
      configuration: noted("What the filter reads; docs/configuration.md has all fields.", {
        "@type": "type.googleapis.com/google.protobuf.StringValue",
        value: JSON.stringify(pluginConfiguration(protocol, service), null, 2),
      }),
    },
  };
}

function wasmFilter(
  protocol: ApplicationProtocol,
  service: Service,
  { wasm, watched }: ListenerOptions,
): Config {
  const name = listenerName(protocol, service);
  if (watched) {
    return {
      name,
      config_discovery: { config_source: watched.plugin(name), type_urls: [WASM_TYPE] },
    };
  }
  const task =
    protocol.mode === "lanes"
      ? "Cuts the client's bytes into requests and deals them to lanes (HTTP/2 streams)."
      : "Reads a connection's first request and names the cluster that it goes to.";
  return noted(task, {
    name: "envoy.filters.network.wasm",
    typed_config: wasmConfig(protocol, service, wasm),
  });
}

function httpConnectionManager(
  protocol: ApplicationProtocol,
  service: Service,
  { accessLog, watched }: ListenerOptions,
): Config {
  const name = listenerName(protocol, service);
  return noted("Routes each lane once, by the headers that the filter made of the metadata.", {
    name: "envoy.filters.network.http_connection_manager",
    typed_config: {
      "@type": `${NETWORK}.http_connection_manager.v3.HttpConnectionManager`,
      stat_prefix: name,
      codec_type: "AUTO",
      http2_protocol_options: noted("Lanes that one client connection may have at a time.", {
        max_concurrent_streams: 1024,
        use_oghttp2_codec: noted(
          "Sends a large response as one frame; the other one cuts it.",
          true,
        ),
        custom_settings_parameters: [
          noted("MAX_FRAME_SIZE: large requests and reads go on as one frame.", {
            identifier: 5,
            value: LARGEST_FRAME,
          }),
        ],
      }),
      max_request_headers_kb: noted(
        "A lane's path and headers, both with the longest metadata that can be allowed.",
        MOST_HEADERS_KB,
      ),
      drain_timeout: noted(DRAIN_NOTE, DRAIN_TIMEOUT),
      stream_idle_timeout: noted("A lane without traffic is no fault.", "0s"),
      request_timeout: "0s",
      request_headers_timeout: "0s",
      generate_request_id: noted("Nothing of HTTP reaches the server, so nothing is added.", false),
      normalize_path: false,
      server_header_transformation: "PASS_THROUGH",
      ...(watched
        ? { rds: { route_config_name: name, config_source: watched.routes(name) } }
        : {
            route_config: noted(
              "The first route that matches decides.",
              routesOf(protocol, service),
            ),
          }),
      http_filters: [
        {
          name: "envoy.filters.http.router",
          typed_config: {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router",
            suppress_envoy_headers: true,
          },
        },
      ],
      ...(accessLog !== undefined && {
        access_log: noted("A line for each lane that ends.", [
          logTo(accessLog, [
            ["lane", name],
            ["path", "%REQ(:PATH)%"],
            ...protocol.routeOn.map((key): [string, string] => [key, `%REQ(${headerOf(key)})%`]),
            ["rule", "%ROUTE_NAME%"],
            ["cluster", "%UPSTREAM_CLUSTER%"],
            ["upstream", "%UPSTREAM_HOST%"],
            ["status", "%RESPONSE_CODE%"],
            ["flags", "%RESPONSE_FLAGS%"],
            ["ms", "%DURATION%"],
          ]),
        ]),
      }),
    },
  });
}

function tcpProxy(
  protocol: ApplicationProtocol,
  service: Service,
  { accessLog }: ListenerOptions,
): Config {
  const name = listenerName(protocol, service);
  return noted(
    "Connects to the cluster that the filter named (filter state envoy.tcp_proxy.cluster).",
    {
      name: "envoy.filters.network.tcp_proxy",
      typed_config: {
        "@type": `${NETWORK}.tcp_proxy.v3.TcpProxy`,
        stat_prefix: name,
        cluster: noted(
          "No such cluster: a connection that no rule took would be closed.",
          "no-rule",
        ),
        upstream_connect_mode: noted(
          "Read the first request before there is a server to send it to.",
          "ON_DOWNSTREAM_DATA",
        ),
        max_early_data_bytes: FIRST_FRAME_BYTES,
        idle_timeout: "0s",
        ...(accessLog !== undefined && {
          access_log: noted("A line for each connection that ends.", [
            logTo(accessLog, [
              ["connection", name],
              // The name of a key with : or ) in it would end the format's command too early.
              ...[...protocol.routeOn, "rule"]
                .filter((key) => !/[:)]/.test(key))
                .map((key): [string, string] => [
                  key,
                  `%FILTER_STATE(${filterStateOf(key)}:PLAIN)%`,
                ]),
              ["cluster", "%UPSTREAM_CLUSTER%"],
              ["upstream", "%UPSTREAM_HOST%"],
              ["flags", "%RESPONSE_FLAGS%"],
              ["ms", "%DURATION%"],
            ]),
          ]),
        }),
      },
    },
  );
}
