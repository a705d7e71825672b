/** Where the lanes of a chain can go. */
import { isType } from "./envoy.js";
import type { Chain, LanesChain, Proxy } from "./proxy.js";
import type {
  Cluster,
  ConnectionManager,
  Route,
  RouteConfiguration,
  VirtualHost,
  WeightedCluster,
} from "./envoy.js";
import { DEFAULT_AUTHORITY, LOCAL_ADDRESS } from "./settings.js";

/** Of Istio, where no service has the authority. */
const NO_SERVICE = new Set(["BlackHoleCluster", "PassthroughCluster"]);

export function routesOf(
  { rds, route_config }: ConnectionManager,
  { configuration }: Proxy,
): RouteConfiguration | undefined {
  return route_config ?? configuration.routes.get(rds?.route_config_name ?? "");
}

/** The virtual hosts that take lanes; none: no route has them. */
export function virtualHosts(chain: LanesChain, proxy: Proxy): VirtualHost[] {
  const { virtual_hosts = [] } = routesOf(chain.manager, proxy) ?? {};
  const authority = authorityOf(chain);
  const hosts =
    authority === LOCAL_ADDRESS
      ? virtual_hosts.filter(({ domains = [] }) => domains.some(isAddress))
      : best(virtual_hosts, authority);
  const found = hosts.length > 0 ? hosts : virtual_hosts.filter(({ domains }) => isAll(domains));
  return found.filter(({ routes = [] }) => routes.some(leadsToService));
}

export function authorityOf({ plugin }: LanesChain): string {
  return plugin.settings?.authority ?? DEFAULT_AUTHORITY;
}

/** The clusters of a route that get lanes. */
export function clustersOf({ route }: Route): WeightedCluster[] {
  if (route?.cluster !== undefined) return [{ name: route.cluster }];
  return (route?.weighted_clusters?.clusters ?? []).filter(({ weight }) => weight !== 0);
}

/** The first cluster of lanes to which the chain's routes lead, whatever the authority. */
export function rawClusterOf({ manager }: Chain, proxy: Proxy): string | undefined {
  if (manager === undefined) return undefined;
  const { virtual_hosts = [] } = routesOf(manager, proxy) ?? {};
  const clusters = virtual_hosts.flatMap(({ routes = [] }) => routes.flatMap(clustersOf));
  return clusters.find(({ name }) => isRaw(proxy.configuration.clusters.get(name)))?.name;
}

/** Has the cluster what lanes need, `upstream_config`? */
export function isRaw(cluster: Cluster | undefined): boolean {
  return isType(cluster?.upstream_config?.typed_config, "TcpConnectionPoolProto");
}

function leadsToService(route: Route): boolean {
  const { name = "" } = route;
  const refuses = route.direct_response !== undefined && name !== "block_all";
  return refuses || clustersOf(route).some((cluster) => !NO_SERVICE.has(cluster.name));
}

/** As Envoy picks: the exact name, the longest `*.suffix`, the longest `prefix.*`. */
function best(hosts: readonly VirtualHost[], authority: string): VirtualHost[] {
  const rank = (domain: string): number => {
    if (domain === authority) return 3_000;
    if (domain === "*" || !domain.includes("*")) return 0;
    if (domain.startsWith("*"))
      return authority.endsWith(domain.slice(1)) ? 2e3 + domain.length : 0;
    return authority.startsWith(domain.slice(0, -1)) ? 1_000 + domain.length : 0;
  };
  const ranked = hosts.map((host) => ({
    host,
    at: Math.max(0, ...(host.domains ?? []).map(rank)),
  }));
  const [first] = ranked.filter(({ at }) => at > 0).sort((a, b) => b.at - a.at);
  return first === undefined ? [] : [first.host];
}

function isAll(domains: readonly string[] = []): boolean {
  return domains.includes("*");
}

function isAddress(domain: string): boolean {
  return /^(\d+\.){3}\d+(:\d+)?$|^\[?[0-9a-f:]+:[0-9a-f:]*\]?(:\d+)?$/i.test(domain);
}
