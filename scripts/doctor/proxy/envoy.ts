/** As much of Envoy's configuration as is looked at. What Envoy leaves out has its default. */

export interface TypedConfig {
  "@type": string;
}

export interface Filter {
  name: string;
  typed_config?: TypedConfig;
  config_discovery?: { type_urls?: string[]; default_config?: TypedConfig };
}

export interface ChainMatch {
  destination_port?: number;
  transport_protocol?: string;
  application_protocols?: string[];
}

export interface FilterChain {
  name?: string;
  filter_chain_match?: ChainMatch;
  filters?: Filter[];
}

export interface Listener {
  name?: string;
  address?: { socket_address?: { address?: string; port_value?: number } };
  traffic_direction?: string;
  filter_chains?: FilterChain[];
  default_filter_chain?: FilterChain;
  listener_filters?: { name: string; typed_config?: TypedConfig }[];
}

export interface WasmConfig extends TypedConfig {
  config?: {
    name?: string;
    configuration?: { value?: unknown };
    vm_config?: { code?: { local?: { filename?: string }; remote?: { sha256?: string } } };
  };
}

export interface ConnectionManager extends TypedConfig {
  stat_prefix?: string;
  codec_type?: string;
  drain_timeout?: string;
  request_timeout?: string;
  stream_idle_timeout?: string;
  common_http_protocol_options?: { max_stream_duration?: string };
  rds?: { route_config_name?: string };
  route_config?: RouteConfiguration;
  http_filters?: Filter[];
}

export interface TcpProxy extends TypedConfig {
  cluster?: string;
  weighted_clusters?: { clusters?: WeightedCluster[] };
  upstream_connect_mode?: string;
  max_early_data_bytes?: number;
}

export interface Cluster {
  name: string;
  type?: string;
  upstream_config?: { typed_config?: TypedConfig };
  load_assignment?: { endpoints?: Endpoints[] };
  circuit_breakers?: { thresholds?: Threshold[] };
}

export interface Threshold {
  priority?: string;
  max_connections?: number;
  max_pending_requests?: number;
}

export interface Endpoints {
  lb_endpoints?: { health_status?: string }[];
}

export interface Header {
  header?: { key?: string; value?: string };
}

export interface WeightedCluster {
  name: string;
  weight?: number;
  response_headers_to_add?: Header[];
}

export interface Route {
  name?: string;
  route?: {
    cluster?: string;
    weighted_clusters?: { clusters?: WeightedCluster[]; header_name?: string };
    timeout?: string;
    max_stream_duration?: { max_stream_duration?: string };
    idle_timeout?: string;
  };
  direct_response?: { status?: number };
  response_headers_to_add?: Header[];
}

export interface VirtualHost {
  name?: string;
  domains?: string[];
  routes?: Route[];
}

export interface RouteConfiguration {
  name?: string;
  virtual_hosts?: VirtualHost[];
}

/** Is it the message `name`, whatever its version of the API? */
export function isType(config: { "@type"?: string } | undefined, name: string): boolean {
  return config?.["@type"]?.endsWith(`.${name}`) ?? false;
}

/** Seconds of a duration as JSON has it, `1.5s`; undefined: none. */
export function secondsOf(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : Number.parseFloat(duration);
}
