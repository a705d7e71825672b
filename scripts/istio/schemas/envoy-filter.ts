/** EnvoyFilters: what their patches hold are Envoy's own messages, which Istio does not check. */
import type { Finding, Path } from "../../protocol/problem.js";
import { list, show } from "../../protocol/wording.js";
import { isMap, mapsIn, type Fields } from "../../protocol/maps.js";
import { MessageChecker } from "./messages-check.js";
import type { IstioVersion } from "./versions.js";

interface Target {
  /** The message that the value is. */
  message: string;
  /** How `match` may name the object. */
  match?: string;
}

/** By `applyTo`, as BuildXDSObjectFromStruct in istio/pkg/config/xds/xds.go decodes them. */
const targets: Record<string, Target> = {
  CLUSTER: { message: "envoy.config.cluster.v3.Cluster", match: "cluster" },
  LISTENER: { message: "envoy.config.listener.v3.Listener", match: "listener" },
  LISTENER_FILTER: { message: "envoy.config.listener.v3.ListenerFilter", match: "listener" },
  FILTER_CHAIN: { message: "envoy.config.listener.v3.FilterChain", match: "listener" },
  NETWORK_FILTER: { message: "envoy.config.listener.v3.Filter", match: "listener" },
  HTTP_FILTER: {
    message: "envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter",
    match: "listener",
  },
  ROUTE_CONFIGURATION: {
    message: "envoy.config.route.v3.RouteConfiguration",
    match: "routeConfiguration",
  },
  VIRTUAL_HOST: { message: "envoy.config.route.v3.VirtualHost", match: "routeConfiguration" },
  HTTP_ROUTE: { message: "envoy.config.route.v3.Route", match: "routeConfiguration" },
  EXTENSION_CONFIG: { message: "envoy.config.core.v3.TypedExtensionConfig" },
  BOOTSTRAP: { message: "envoy.config.bootstrap.v3.Bootstrap" },
};

/** What is wrong with the patches of an EnvoyFilter that the schema accepts. */
export function checkEnvoyFilter(spec: Fields, version: IstioVersion): Finding[] {
  const checker = new MessageChecker(version);
  const found = mapsIn(spec.configPatches).flatMap(({ item, index }) =>
    checkPatch(item, ["spec", "configPatches", index], checker),
  );
  return [...found, ...checker.findings];
}

function checkPatch(patch: Fields, path: Path, checker: MessageChecker): Finding[] {
  const { applyTo, match, patch: change } = patch;
  if (typeof applyTo !== "string" || applyTo === "INVALID") {
    const remedy = `Add it: ${list(Object.keys(targets))}.`;
    return [{ path, message: "`applyTo` is missing", remedy }];
  }
  if (!isMap(change)) {
    return [{ path, message: "`patch` is missing", remedy: "Add `patch: {operation, value}`." }];
  }
  const at = [...path, "patch"];
  const { operation, value } = change;
  if (operation === undefined || operation === "INVALID") {
    const remedy = "Add it, e.g. `operation: MERGE`.";
    return [{ path: at, message: "`operation` is missing", remedy }];
  }
  if (value === undefined && operation !== "REMOVE") {
    const message = `\`value\` is missing, which ${show(operation)} puts there`;
    return [{ path: at, message, remedy: "Add it." }];
  }
  const target = targets[applyTo];
  if (target === undefined) return [];
  if (value !== undefined) checker.checkMessage(target.message, value, [...at, "value"]);
  return isMap(match) ? checkMatch(applyTo, target, match, [...path, "match"]) : [];
}

/** An object of another class is never matched. */
function checkMatch(applyTo: string, target: Target, match: Fields, path: Path): Finding[] {
  const strays = ["listener", "routeConfiguration", "cluster"].filter(
    (name) => name in match && name !== target.match && target.match !== undefined,
  );
  const found: Finding[] = strays.map((name) => ({
    path: [...path, name],
    onKey: true,
    message: `cannot match for \`applyTo: ${applyTo}\``,
    remedy: `Match by \`${target.match ?? ""}\`.`,
  }));
  const { listener } = match;
  const chain = isMap(listener) ? listener.filterChain : undefined;
  const filter = isMap(chain) ? chain.filter : undefined;
  if (!isMap(filter)) return found;
  const at = [...path, "listener", "filterChain", "filter"];
  if (filter.name === undefined || filter.name === "") {
    found.push({ path: at, message: "`name` is missing", remedy: "Add the filter's name." });
  }
  if (filter.subFilter !== undefined && applyTo !== "HTTP_FILTER") {
    found.push({
      path: [...at, "subFilter"],
      onKey: true,
      message: `is of no use with \`applyTo: ${applyTo}\``,
      remedy: "Remove it, or write `applyTo: HTTP_FILTER`.",
    });
  }
  return found;
}
