/** Do lanes find a route, and may they live on it? */
import { secondsOf, type Route } from "../envoy.js";
import type { ProxyFinding } from "../finding.js";
import { authorityOf, clustersOf, routesOf, virtualHosts } from "../lane-routes.js";
import type { LanesChain, Proxy } from "../proxy.js";

const RANDOM_HEADER = "x-argot-random";
const WEIGHT_HEADER = "x-argot-weight";

export function checkRoutes(proxy: Proxy): ProxyFinding[] {
  return proxy.lanes.flatMap((chain) => {
    const hosts = virtualHosts(chain, proxy);
    const routes = hosts.flatMap(({ name = "", routes = [] }) =>
      routes.map((route, i) => ({ route, where: `route ${route.name ?? i} of ${name}` })),
    );
    return [
      ...(hosts.length === 0 ? noRoute(chain, proxy) : unrouted(chain, proxy)),
      ...managerTimeouts(chain),
      ...codec(chain, proxy),
      ...routes.flatMap(({ route, where }) => [
        ...routeTimeouts(route, where),
        ...weights(route, where),
      ]),
    ];
  });
}

function noRoute(chain: LanesChain, proxy: Proxy): ProxyFinding[] {
  const configured = routesOf(chain.manager, proxy);
  const domains = (configured?.virtual_hosts ?? []).flatMap(({ domains = [] }) => domains);
  const name = chain.manager.rds?.route_config_name ?? configured?.name ?? "";
  return [
    {
      check: "no-route-for-authority",
      state: "wrong",
      where: name === "" ? chain.where : `routes ${name}`,
      evidence:
        configured === undefined
          ? "they never came"
          : `lanes have the authority \`${authorityOf(chain)}\`; known are ${domains.slice(0, 8).join(", ") || "none"}`,
      reason: "No virtual host takes the lanes: each call gets an error reply.",
      remedy:
        "Make `authority` the service's full name, as `argot manifest` does; see that the port is HTTP2 (`appProtocol: http2`) and the host visible to this proxy (Sidecar, `exportTo`).",
    },
  ];
}

/** Calls that no route's match took. */
function unrouted({ manager, where }: LanesChain, { stats }: Proxy): ProxyFinding[] {
  const count = stats.of("http", manager.stat_prefix ?? "", "no_route") ?? 0;
  if (count === 0) return [];
  return [
    {
      check: "lanes-without-route",
      state: "doubtful",
      where,
      evidence: `${count} lanes found no route (404)`,
      reason: "Their calls got error replies: no `match` of the service's routes holds for them.",
      remedy: "Add a last route without `match`, or see that its headers are in `routeOn`.",
    },
  ];
}

/** A lane lives as long as it is used: what limits the time of a request cuts it off. */
function managerTimeouts({ manager, where }: LanesChain): ProxyFinding[] {
  const found: string[] = [];
  const { stream_idle_timeout = "300s", request_timeout, common_http_protocol_options } = manager;
  if (secondsOf(stream_idle_timeout) !== 0)
    found.push(`stream_idle_timeout ${stream_idle_timeout}`);
  if (isLimit(request_timeout)) found.push(`request_timeout ${request_timeout}`);
  const longest = common_http_protocol_options?.max_stream_duration;
  if (isLimit(longest)) found.push(`max_stream_duration ${longest}`);
  const remedy = "Apply the EnvoyFilter `argot-<name>-listeners` of `argot manifest`.";
  return timeouts(where, found, remedy);
}

/** Its `timeout` is none: Envoy counts from a request's end, and a lane has its answers by then. */
function routeTimeouts({ route }: Route, where: string): ProxyFinding[] {
  const found: string[] = [];
  if (isLimit(route?.idle_timeout)) found.push(`idle_timeout ${route.idle_timeout}`);
  const longest = route?.max_stream_duration?.max_stream_duration;
  if (isLimit(longest)) found.push(`max_stream_duration ${longest}`);
  return timeouts(
    where,
    found,
    "Remove it from the route (an EnvoyFilter); clients keep their own.",
  );
}

function isLimit(duration: string | undefined): duration is string {
  return (secondsOf(duration) ?? 0) > 0;
}

function timeouts(where: string, found: readonly string[], remedy: string): ProxyFinding[] {
  if (found.length === 0) return [];
  return [
    {
      check: "timeout-on-lanes",
      state: "wrong",
      where,
      evidence: found.join(", "),
      reason:
        "It ends a lane with all calls that wait on it, though each of them may have begun just before.",
      remedy,
    },
  ];
}

/** By TLS, client and server may have agreed on HTTP/1.1, which nobody speaks here. */
function codec({ manager, match, plugin, where }: LanesChain, { stats }: Proxy): ProxyFinding[] {
  const { codec_type = "AUTO" } = manager;
  const name = plugin.settings?.name ?? "";
  const closed = stats.get(`wasmcustom.argot.${name}.connections_closed.http2`) ?? 0;
  const offersHttp1 =
    match.transport_protocol === "tls" &&
    match.application_protocols?.some((offered) => offered.includes("http/1.")) === true;
  const isWrong = codec_type === "HTTP1" || (codec_type === "AUTO" && offersHttp1 && closed > 0);
  if (!isWrong) return [];
  return [
    {
      check: "codec-http1",
      state: "wrong",
      where,
      evidence: `codec_type ${codec_type}, the chain takes ALPN ${match.application_protocols?.join(", ") ?? "any"}; ${closed} connections closed because what answered was no HTTP/2`,
      reason: "The connection manager reads lanes as HTTP/1.1: calls get error replies (503).",
      remedy:
        "Set `appProtocol: http2` instead of `http`, and apply the EnvoyFilter `argot-<name>-listeners`, which sets `codec_type: HTTP2`.",
    },
  ];
}

/** Without them Envoy throws dice once a lane. */
function weights(route: Route, where: string): ProxyFinding[] {
  const weighted = route.route?.weighted_clusters;
  const clusters = clustersOf(route);
  if (weighted === undefined || clusters.length < 2) return [];
  const all = [route, ...clusters].flatMap(
    ({ response_headers_to_add = [] }) => response_headers_to_add,
  );
  const tells = all.some(({ header }) => header?.key?.toLowerCase() === WEIGHT_HEADER);
  const asks = weighted.header_name?.toLowerCase() === RANDOM_HEADER;
  if (tells && asks) return [];
  const lacks = [...(asks ? [] : ["header_name"]), ...(tells ? [] : [WEIGHT_HEADER])];
  return [
    {
      check: "weights-approximate",
      state: "doubtful",
      where,
      evidence: `${clusters.map(({ name, weight }) => `${name} ${weight ?? 0}`).join(", ")}, without ${lacks.join(" and ")}`,
      reason: "Weights hold for lanes, not for calls: with few clients the shares may stray far.",
      remedy:
        "Give the route a `name`, and apply the EnvoyFilter `argot-<name>-weights` that `argot manifest` makes of it.",
    },
  ];
}
