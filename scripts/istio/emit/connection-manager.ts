/** What lanes want of the HTTP connection manager behind the filter. */
import { LARGEST_FRAME, MOST_HEADERS_KB } from "../../protocol/emit/listeners.js";
import { noted, type Config, type ConfigMap } from "../../protocol/emit/notes.js";
import { distinct, HCM, networkFilterType, typed, type Patch } from "./patches.js";

const TYPE = networkFilterType("http_connection_manager.v3.HttpConnectionManager");

/** Settings of both sides. */
export function lanesSettings(): ConfigMap {
  return {
    http2_protocol_options: noted("Large requests and answers go on as one frame.", {
      use_oghttp2_codec: true,
      custom_settings_parameters: [{ identifier: 5, value: LARGEST_FRAME }],
    }),
    max_request_headers_kb: noted("A lane's path and headers.", MOST_HEADERS_KB),
    drain_timeout: noted("While it drains: clients are told so long before it refuses.", "10s"),
    stream_idle_timeout: noted("A lane without traffic is no fault.", "0s"),
    generate_request_id: false,
  };
}

/** Where servers' sidecars take lanes. Clients that negotiate HTTP/1.1 by ALPN send no HTTP. */
export function inboundManagers(ports: readonly number[]): Patch[] {
  return distinct(ports).map((port) => ({
    applyTo: "NETWORK_FILTER",
    match: {
      context: "SIDECAR_INBOUND",
      listener: { filterChain: { destinationPort: port, filter: { name: HCM } } },
    },
    patch: merge({ codec_type: "HTTP2", ...lanesSettings() }),
  }));
}

/** Where clients' sidecars, or gateways, have a listener of the private protocol alone. */
export function outboundManagers(
  ports: readonly number[],
  context: "SIDECAR_OUTBOUND" | "GATEWAY",
): Patch[] {
  return distinct(ports).map((port) => ({
    applyTo: "NETWORK_FILTER",
    match: { context, listener: { portNumber: port, filterChain: { filter: { name: HCM } } } },
    patch: merge(lanesSettings()),
  }));
}

function merge(settings: ConfigMap): Config {
  return { operation: "MERGE", value: { name: HCM, typed_config: typed(TYPE, settings) } };
}

/** A connection manager of our own that has Istio's routes of a port. */
export function managerForRoutes(port: number): ConfigMap {
  return {
    name: HCM,
    typed_config: typed(TYPE, {
      stat_prefix: `outbound_${port}_lanes`,
      codec_type: "HTTP2",
      ...lanesSettings(),
      normalize_path: true,
      rds: noted("Istio's own routes: VirtualServices apply as they are.", {
        route_config_name: String(port),
        config_source: { ads: {}, initial_fetch_timeout: "0s", resource_api_version: "V3" },
      }),
      http_filters: [
        httpFilter("fault", "fault.v3.HTTPFault"),
        httpFilter("router", "router.v3.Router"),
      ],
    }),
  };
}

function httpFilter(name: string, type: string): ConfigMap {
  return {
    name: `envoy.filters.http.${name}`,
    typed_config: typed(`type.googleapis.com/envoy.extensions.filters.http.${type}`),
  };
}
