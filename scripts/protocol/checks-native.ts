/** What documents of protocols that Envoy's own filters serve can't ask for. */
import type { Match, Mode, RawDocument, RawRoute, RawService } from "./model.js";
import type { Finding, Path } from "./problem.js";
import { hasCodec, modesOf, titleOf } from "./protocols.js";
import { list } from "./wording.js";

/** Fields that tell Argot's filter what to do. */
const OF_THE_FILTER = [
  "revision",
  "routeOn",
  "lanes",
  "attachments",
  "maxFrameBytes",
  "maxMetadataBytes",
  "maxConnections",
] as const;

/** Is the mode one that the protocol has? */
export function checkMode({ protocol }: RawDocument["spec"], mode: Mode): Finding[] {
  const modes = modesOf(protocol);
  if (modes.includes(mode)) return [];
  const message = `is "${mode}", in which ${titleOf(protocol)} can't be served`;
  return [
    { path: ["spec", "mode"], message, remedy: `Write ${list(modes)}.`.replace(" and", " or") },
  ];
}

/** Fields of a spec that nothing reads. */
export function checkStrayFields(spec: RawDocument["spec"], mode: Mode): Finding[] {
  const { protocol } = spec;
  const path = (name: string): Path => ["spec", name];
  const found: Finding[] = [];
  if (spec.redis !== undefined && (protocol !== "redis" || mode !== "native")) {
    const message = "is for `protocol: redis` in mode `native` only";
    found.push({ path: path("redis"), onKey: true, message, remedy: "Remove it." });
  }
  if (hasCodec(protocol)) return found;
  for (const name of OF_THE_FILTER) {
    if (spec[name] === undefined) continue;
    const message = `is for Argot's filter, and ${titleOf(protocol)} is served by Envoy's own`;
    found.push({ path: path(name), onKey: true, message, remedy: remedyFor(name, mode) });
  }
  return found;
}

function remedyFor(field: (typeof OF_THE_FILTER)[number], mode: Mode): string {
  return field === "routeOn" && mode === "native"
    ? "Remove it: routes can match the prefix of `key`, and need not say so."
    : "Remove it.";
}

/**
 * Can the routes of a service be had of Envoy's own filter?
 * @param path of the service
 */
export function checkNativeRoutes(service: RawService, path: Path, mode: Mode): Finding[] {
  const { routes, subsets = [] } = service;
  if (routes === undefined) return subsets.length < 2 ? [] : [unshared(path, mode)];
  const found = routes.flatMap((route, i) => checkRoute(route, [...path, "routes", i], mode));
  return found.length > 0 || mode !== "native" ? found : checkOrder(routes, [...path, "routes"]);
}

function unshared(path: Path, mode: Mode): Finding {
  return {
    path: [...path, "subsets"],
    message: "has several subsets, but data is kept in one of them and no route says in which",
    remedy:
      mode === "native"
        ? 'Add `routes`, e.g. `match: [{ key: key, prefix: "user:" }]`, or make it one subset: its endpoints share out the keys.'
        : "Keep one subset, or add `routes` with the one that connections go to.",
  };
}

function checkRoute(route: RawRoute, path: Path, mode: Mode): Finding[] {
  const found: Finding[] = [];
  const { match = [], to = [], refuse } = route;
  if (refuse !== undefined) {
    found.push({
      path: [...path, "refuse"],
      onKey: true,
      message: "can't be done by Envoy's own filter",
      remedy:
        mode === "native"
          ? 'Drop the route: a key that no route takes gets the error "no upstream host".'
          : "Drop the route.",
    });
  }
  if (to.length > 1) {
    found.push({
      path: [...path, "to"],
      message:
        "shares requests out among several subsets, but what one of them stores, others lack",
      remedy: "Name one subset.",
    });
  }
  if (mode === "connection") {
    if (match.length > 0) {
      found.push({
        path: [...path, "match"],
        message: "can't be done in mode `connection`, where nothing reads the requests",
        remedy: "Remove it: all connections go to one subset.",
      });
    }
    return found;
  }
  if (match.length > 1) {
    found.push({
      path: [...path, "match"],
      message: "has several conditions, but redis_proxy knows a key's prefix only",
      remedy: "Keep one condition, `key: key` with `prefix`.",
    });
  }
  return [...found, ...match.flatMap((one, i) => checkPrefix(one, [...path, "match", i]))];
}

function checkPrefix(match: Match, path: Path): Finding[] {
  const found: Finding[] = [];
  if (match.key !== "key") {
    found.push({
      path: [...path, "key"],
      message: `is "${match.key}", which redis_proxy can't match`,
      remedy: "Write `key`: what a command reads or writes.",
    });
  }
  for (const name of ["exact", "regex", "present", "invert"] as const) {
    if (match[name] === undefined) continue;
    found.push({
      path: [...path, name],
      onKey: true,
      message: "can't be done by redis_proxy, which knows prefixes only",
      remedy:
        name === "invert"
          ? "Remove it: a last route without `match` takes all other keys."
          : "Write `prefix` instead.",
    });
  }
  if (Buffer.byteLength(match.prefix ?? "") > MOST_PREFIX_BYTES) {
    found.push({
      path: [...path, "prefix"],
      message: `is longer than the ${MOST_PREFIX_BYTES} bytes that redis_proxy takes`,
      remedy: "Write a shorter one.",
    });
  }
  return found;
}

const MOST_PREFIX_BYTES = 1000;

/** redis_proxy takes the longest prefix, documents the first: they agree if no longer one follows. */
function checkOrder(routes: RawRoute[], path: Path): Finding[] {
  const prefixes = routes.map(({ match }) => match?.[0]?.prefix);
  return prefixes.flatMap((prefix, i): Finding[] => {
    if (prefix === undefined) return [];
    const earlier = prefixes.findIndex((other) => other !== undefined && prefix.startsWith(other));
    if (earlier === i || earlier < 0) return [];
    const name = routes[earlier]?.name ?? `route-${earlier}`;
    const message = `is never reached: route "${name}" before it takes keys with that prefix`;
    const remedy = prefixes[earlier] === prefix ? "Remove one of the two." : "Move it up.";
    return [{ path: [...path, i], message, remedy }];
  });
}
