/** `/config_dump?include_eds`: what Envoy has now. What drains, or was replaced, is left out. */
import type { Cluster, Endpoints, Listener, RouteConfiguration, TypedConfig } from "./envoy.js";

/** A filter's configuration that came by itself (ECDS). */
export interface Extension {
  name: string;
  typed_config?: TypedConfig;
}

/** What Envoy said when it refused an update. */
export interface Refused {
  what: string;
  details: string;
}

export interface Configuration {
  /** `sidecar~10.0.0.1~caller.default~default.svc.cluster.local` in Istio. */
  node: string;
  listeners: Listener[];
  /** Listeners, or new versions of them, that wait for something and don't serve yet. */
  waiting: Listener[];
  clusters: Map<string, Cluster>;
  routes: Map<string, RouteConfiguration>;
  extensions: Extension[];
  /** By cluster; undefined: the dump was made without them. */
  endpoints: Map<string, Endpoints[]> | undefined;
  refused: Refused[];
}

interface ErrorState {
  error_state?: { details?: string; failed_configuration?: { name?: string } };
}
interface ListenerState {
  listener?: Listener;
}
interface Part {
  "@type": string;
  bootstrap?: { node?: { id?: string } };
  static_listeners?: ListenerState[];
  dynamic_listeners?: (ErrorState & {
    name?: string;
    active_state?: ListenerState;
    warming_state?: ListenerState;
  })[];
  static_clusters?: { cluster?: Cluster }[];
  dynamic_active_clusters?: (ErrorState & { cluster?: Cluster })[];
  dynamic_warming_clusters?: (ErrorState & { cluster?: Cluster })[];
  static_route_configs?: { route_config?: RouteConfiguration }[];
  dynamic_route_configs?: (ErrorState & { route_config?: RouteConfiguration })[];
  ecds_filters?: (ErrorState & { ecds_filter?: Extension })[];
  static_endpoint_configs?: EndpointConfig[];
  dynamic_endpoint_configs?: EndpointConfig[];
}
interface EndpointConfig {
  endpoint_config?: { cluster_name?: string; endpoints?: Endpoints[] };
}

export interface ConfigDump {
  configs: Part[];
}

export function readConfigDump({ configs }: ConfigDump): Configuration {
  const found: Configuration = {
    ...{ node: "", listeners: [], waiting: [], clusters: new Map(), routes: new Map() },
    ...{ extensions: [], endpoints: undefined, refused: [] },
  };
  for (const part of configs) {
    found.node ||= part.bootstrap?.node?.id ?? "";
    readListeners(part, found);
    readClusters(part, found);
    readRest(part, found);
  }
  return found;
}

function readListeners(part: Part, found: Configuration): void {
  const fixed = part.static_listeners ?? [];
  found.listeners.push(...fixed.flatMap(({ listener }) => listener ?? []));
  for (const { name = "", active_state, warming_state, error_state } of part.dynamic_listeners ??
    []) {
    note(`listener ${name || (error_state?.failed_configuration?.name ?? "")}`, error_state, found);
    if (active_state?.listener !== undefined) found.listeners.push(active_state.listener);
    if (warming_state?.listener !== undefined) found.waiting.push(warming_state.listener);
  }
}

function readClusters(part: Part, found: Configuration): void {
  const dynamic = [
    ...(part.dynamic_warming_clusters ?? []),
    ...(part.dynamic_active_clusters ?? []),
  ];
  for (const { cluster } of [...(part.static_clusters ?? []), ...dynamic]) {
    if (cluster !== undefined) found.clusters.set(cluster.name, cluster);
  }
  for (const { cluster, error_state } of dynamic) {
    note(`cluster ${cluster?.name ?? ""}`, error_state, found);
  }
  const endpoints = [
    ...(part.static_endpoint_configs ?? []),
    ...(part.dynamic_endpoint_configs ?? []),
  ];
  if (endpoints.length > 0) found.endpoints ??= new Map<string, Endpoints[]>();
  for (const { endpoint_config: { cluster_name = "", endpoints: list = [] } = {} } of endpoints) {
    found.endpoints?.set(cluster_name, list);
  }
}

function readRest(part: Part, found: Configuration): void {
  const dynamic = part.dynamic_route_configs ?? [];
  for (const { route_config } of [...(part.static_route_configs ?? []), ...dynamic]) {
    if (route_config?.name !== undefined) found.routes.set(route_config.name, route_config);
  }
  for (const { route_config, error_state } of dynamic) {
    note(`routes ${route_config?.name ?? ""}`, error_state, found);
  }
  for (const { ecds_filter, error_state } of part.ecds_filters ?? []) {
    if (ecds_filter !== undefined) found.extensions.push(ecds_filter);
    note(`filter configuration ${ecds_filter?.name ?? ""}`, error_state, found);
  }
}

function note(what: string, state: ErrorState["error_state"], { refused }: Configuration): void {
  if (state !== undefined) refused.push({ what, details: state.details ?? "without a reason" });
}
