/** What the schema of an `ApplicationProtocol` cannot say: do the parts fit together? */
import { isIP } from "node:net";
import { checkAttachments } from "./checks-attachments.js";
import { checkMatches, checkRouteOn } from "./checks-match.js";
import { checkModule } from "./checks-module.js";
import { checkMode, checkNativeRoutes, checkStrayFields } from "./checks-native.js";
import { parseEndpoint } from "./endpoint.js";
import type { ApplicationProtocol, Mode, RawDocument, RawRoute, RawService } from "./model.js";
import { DEFAULT_ADDRESS, DEFAULT_ROUTE_ON, modeOf } from "./model.js";
import { isUnder, type Finding, type Path } from "./problem.js";
import { factsOf, hasCodec, titleOf } from "./protocols.js";
import { nearest } from "./wording.js";

/**
 * @param document as the user wrote it
 * @param wrong what the schema found; what depends on such a part is not looked at
 */
export function checkProtocol(document: RawDocument, wrong: Finding[]): Finding[] {
  // What lies around a part may be wrong because the part is missing; a field that is unknown
  // hurts nothing else.
  const isSound = (...path: Path) =>
    !wrong.some(
      (finding) =>
        finding.onKey !== true && (isUnder(path, finding.path) || isUnder(finding.path, path)),
    );
  const sound = ["apiVersion", "kind", "metadata"].every((name) => isSound(name));
  const head = ["protocol", "mode"].every((name) => isSound("spec", name));
  const { spec } = document;
  if (!sound || !head || !Array.isArray(spec.services)) return [];
  const mode = modeOf(spec);
  const isFiltered = hasCodec(spec.protocol);
  if (isFiltered && !isSound("spec", "routeOn")) return [];
  const wrongMode = checkMode(spec, mode);
  if (wrongMode.length > 0) return wrongMode;
  const routeOn = spec.routeOn ?? DEFAULT_ROUTE_ON;
  return [
    ...checkSpec(spec, mode, routeOn),
    ...spec.services.flatMap((service, i) => {
      const path: Path = ["spec", "services", i];
      if (!isSound(...path)) return [];
      return [
        ...checkService(service, path),
        ...(isFiltered
          ? checkFilterRoutes(service, path, mode, routeOn)
          : checkNativeRoutes(service, path, mode)),
        ...checkCircle(service, spec.address ?? DEFAULT_ADDRESS, path),
      ];
    }),
  ];
}

function checkSpec(spec: RawDocument["spec"], mode: Mode, routeOn: string[]): Finding[] {
  const { protocol, attachments } = spec;
  const found = checkStrayFields(spec, mode);
  if (spec.address !== undefined && isIP(spec.address) === 0) {
    found.push({
      path: ["spec", "address"],
      message: `is "${spec.address}", which is no IP address`,
      remedy: "Write an IPv4 or IPv6 address, e.g. 127.0.0.1 or 0.0.0.0.",
    });
  }
  if (!hasCodec(protocol)) return found;
  found.push(...checkModule(mode, ["spec", "mode"]));
  found.push(...checkRouteOn(routeOn, protocol, ["spec", "routeOn"], mode));
  found.push(...checkAttachments(attachments, protocol, mode, ["spec", "attachments"]));
  if (mode === "connection" && spec.lanes !== undefined) {
    found.push({
      path: ["spec", "lanes"],
      onKey: true,
      message: "is of no use in mode `connection`, which has no lanes",
      remedy: "Remove it, or write `mode: lanes`.",
    });
  }
  if (mode === "connection" && factsOf(protocol).serverSpeaksFirst) {
    found.push({
      path: ["spec", "mode"],
      message: `in ${titleOf(protocol)} the server speaks first, so no request can pick its cluster`,
      remedy: "Write `mode: lanes`.",
    });
  }
  return found;
}

function checkFilterRoutes(
  { routes = [] }: RawService,
  path: Path,
  mode: Mode,
  routeOn: string[],
): Finding[] {
  return routes.flatMap(({ match = [], refuse }, i) => {
    const at = [...path, "routes", i];
    const found = checkMatches(match, [...at, "match"], routeOn, ["spec", "routeOn"], mode);
    if (refuse === undefined || mode === "lanes") return found;
    found.push({
      path: [...at, "refuse"],
      onKey: true,
      message: "can't be done in mode `connection`, where nothing is written to the client",
      remedy: "Write `mode: lanes`, or drop the route: a connection that no route takes is closed.",
    });
    return found;
  });
}

function checkService(service: RawService, path: Path): Finding[] {
  const subsets = service.subsets ?? [];
  const routes = service.routes ?? [];
  const found: Finding[] = [
    ...checkNames(subsets, [...path, "subsets"], "subset"),
    ...checkNames(routes, [...path, "routes"], "route"),
    ...checkReach(routes, [...path, "routes"]),
  ];
  subsets.forEach(({ endpoints = [] }, i) =>
    endpoints.forEach((endpoint, j) => {
      if (parseEndpoint(endpoint) !== null) return;
      found.push({
        path: [...path, "subsets", i, "endpoints", j],
        message: `is "${endpoint}", which is no endpoint`,
        remedy: 'Write "ip:port", "[ipv6]:port" or "hostname:port", e.g. "127.0.0.1:20881".',
      });
    }),
  );
  const names = subsets.map(({ name }) => name);
  routes.forEach((route, i) => {
    found.push(...checkTargets(route, [...path, "routes", i], names));
  });
  return found;
}

/** Connections that Envoy makes to the port on which it itself takes them would go in circles. */
function checkCircle(service: RawService, address: string, path: Path): Finding[] {
  const own = address === "0.0.0.0" || address === "::" ? ["127.0.0.1", "::1"] : [address];
  return (service.subsets ?? []).flatMap(({ endpoints = [] }, i) =>
    endpoints.flatMap((text, j): Finding[] => {
      const endpoint = parseEndpoint(text);
      if (endpoint?.port !== service.port) return [];
      if (!own.includes(endpoint.host) && endpoint.host !== "localhost") return [];
      return [
        {
          path: [...path, "subsets", i, "endpoints", j],
          message: `is "${text}", where Envoy itself listens for this service`,
          remedy: "Give Envoy another `port`, or let the instance listen on another one.",
        },
      ];
    }),
  );
}

function checkTargets({ to = [] }: RawRoute, path: Path, subsets: string[]): Finding[] {
  const found: Finding[] = [];
  to.forEach(({ subset }, i) => {
    if (subsets.includes(subset)) return;
    const known = subsets.length > 0 ? subsets.join(", ") : "none so far";
    const near = nearest(subset, subsets);
    found.push({
      path: [...path, "to", i, "subset"],
      message: `is "${subset}", which is no subset of this service`,
      remedy:
        near === undefined
          ? `Add it to \`subsets\`, or name one of them (${known}).`
          : `Did you mean "${near}"?`,
    });
  });
  to.forEach(({ subset }, i) => {
    if (to.findIndex((other) => other.subset === subset) === i) return;
    found.push({
      path: [...path, "to", i, "subset"],
      message: `is "${subset}" once more`,
      remedy: "Name each subset once and give it the sum of the weights.",
    });
  });
  if (to.length > 0 && to.every(({ weight }) => weight === 0)) {
    found.push({
      path: [...path, "to"],
      message: "has weight 0 for every subset, so requests have nowhere to go",
      remedy: "Give at least one subset a weight above 0.",
    });
  }
  return found;
}

function checkNames(items: { name?: string }[], path: Path, what: string): Finding[] {
  return items.flatMap(({ name }, i) => {
    if (name === undefined || items.findIndex((other) => other.name === name) === i) return [];
    return {
      path: [...path, i, "name"],
      message: `is "${name}", as is an earlier ${what}`,
      remedy: `Give every ${what} of a service its own name.`,
    };
  });
}

function checkReach(routes: RawRoute[], path: Path): Finding[] {
  const all = routes.findIndex(({ match = [] }) => match.length === 0);
  if (all < 0) return [];
  const name = routes[all]?.name ?? `route-${all}`;
  return routes.slice(all + 1).map((_, i) => ({
    path: [...path, all + 1 + i],
    message: `is never reached: route "${name}" before it takes everything`,
    remedy: "Move it up, or give the earlier route a `match`.",
  }));
}

/** A document of a file with others, by its index among them. */
export interface Placed {
  index: number;
  protocol: ApplicationProtocol;
}

/**
 * What documents of one file can't have in common: names, and listening ports. In Istio services
 * have addresses of their own, so only those that say where instances listen can clash.
 */
export function checkTogether(all: Placed[]): { index: number; finding: Finding }[] {
  const found: { index: number; finding: Finding }[] = [];
  const names = new Set<string>();
  const ports = new Map<number, string>();
  for (const { index, protocol } of all) {
    if (names.has(protocol.name)) {
      found.push({
        index,
        finding: {
          path: ["metadata", "name"],
          message: `is "${protocol.name}", as is an earlier document's`,
          remedy: "Give every document its own name.",
        },
      });
    }
    names.add(protocol.name);
    protocol.services.forEach(({ host, port, subsets }, i) => {
      if (subsets.every(({ endpoints }) => endpoints.length === 0)) return;
      const owner = ports.get(port);
      if (owner === undefined) ports.set(port, host);
      else {
        found.push({
          index,
          finding: {
            path: ["spec", "services", i, "port"],
            message: `is ${port}, on which ${owner} listens already`,
            remedy: "Give every service a port of its own.",
          },
        });
      }
    });
  }
  return found;
}
