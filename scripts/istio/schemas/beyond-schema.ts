/**
 * What the schemas accept and Istio's webhook refuses (istio/pkg/config/validation): the mistakes
 * that one resource shows, in the kinds that route.
 */
import type { Finding, Path } from "../../protocol/problem.js";
import { show } from "../../protocol/wording.js";
import { isMap, itemsOf, mapsIn, type Fields } from "../../protocol/maps.js";

const checks: Record<string, (spec: Fields) => Finding[]> = {
  DestinationRule: ({ subsets }) => checkNames(subsets, ["spec", "subsets"], "subset"),
  ServiceEntry: checkServiceEntry,
  VirtualService: checkVirtualService,
  Gateway: checkGateway,
  AuthorizationPolicy: checkAuthorizationPolicy,
  Sidecar: checkSidecar,
};

/** For a `spec` that the schema accepts. */
export function checkBeyondSchema(kind: string, spec: Fields): Finding[] {
  return checks[kind]?.(spec) ?? [];
}

/** Each has a name, and none has that of another. */
function checkNames(items: unknown, path: Path, what: string): Finding[] {
  const seen = new Set<unknown>();
  return mapsIn(items).flatMap(({ item: { name }, index }): Finding[] => {
    const at = [...path, index, "name"];
    const isLabel =
      typeof name === "string" && /^[A-Za-z0-9]([-A-Za-z0-9._]*[A-Za-z0-9])?$/.test(name);
    if (!isLabel) {
      const remedy = `Name the ${what} with letters, digits and \`-\`.`;
      return [{ path: at, message: `is ${show(name)}, which is no name`, remedy }];
    }
    if (seen.has(name)) {
      const remedy = `Give each ${what} a name of its own.`;
      return [{ path: at, message: `is ${show(name)}, like an earlier one`, remedy }];
    }
    seen.add(name);
    return [];
  });
}

function checkServiceEntry({ ports, resolution, endpoints, hosts }: Fields): Finding[] {
  const found = checkNames(ports, ["spec", "ports"], "port");
  if (itemsOf(ports).length === 0) {
    const remedy = "Add e.g. `ports: [{number: 20880, name: http2-dubbo, protocol: HTTP2}]`.";
    found.push({ path: ["spec"], message: "`ports` is missing", remedy });
  }
  const byName = resolution === "DNS" || resolution === "DNS_ROUND_ROBIN";
  if (!byName || itemsOf(endpoints).length > 0) return found;
  itemsOf(hosts).forEach((host, i) => {
    if (typeof host !== "string" || !host.includes("*")) return;
    const remedy = "Add `endpoints`, or write the name in full.";
    const message = `is ${show(host)}, which DNS cannot look up`;
    found.push({ path: ["spec", "hosts", i], message, remedy });
  });
  return found;
}

function checkVirtualService(spec: Fields): Finding[] {
  const found: Finding[] = [];
  const protocols = ["http", "tls", "tcp"].filter((name) => itemsOf(spec[name]).length > 0);
  if (protocols.length === 0) {
    const remedy = "Add routes, e.g. `http: [{route: [{destination: {host: greeter}}]}]`.";
    found.push({ path: ["spec"], message: "has none of `http`, `tls` and `tcp`", remedy });
  }
  for (const protocol of protocols) {
    for (const { item, index } of mapsIn(spec[protocol])) {
      found.push(...checkRoute(item, ["spec", protocol, index], protocol));
    }
  }
  return found;
}

/** What an http route may do with a request. */
const actions = ["route", "redirect", "directResponse", "delegate"];

function checkRoute(route: Fields, path: Path, protocol: string): Finding[] {
  const found: Finding[] = [];
  const given = actions.filter((name) => name in route);
  if (given.length === 0) {
    const remedy = "Add `route` with at least one destination.";
    found.push({ path, message: "has no `route`", remedy });
  } else if (given.length > 1) {
    const message = `has \`${given.join("` and `")}\`, which exclude each other`;
    found.push({ path, message, remedy: "Keep one of them." });
  }
  const destinations = mapsIn(route.route);
  if (destinations.length > 1 && destinations.every(({ item }) => !item.weight)) {
    const remedy = "Give at least one destination a weight above 0.";
    found.push({ path: [...path, "route"], message: "has no weights", remedy });
  }
  if (protocol === "tls" && itemsOf(route.match).length === 0) {
    found.push({
      path,
      message: "`match` is missing",
      remedy: "Add `match: [{sniHosts: [...]}]`.",
    });
  }
  return found;
}

function checkGateway({ servers }: Fields): Finding[] {
  if (itemsOf(servers).length === 0) {
    const remedy =
      "Add e.g. `servers: [{port: {number: 80, name: http2, protocol: HTTP2}, hosts: []}]`.";
    return [{ path: ["spec"], message: "`servers` is missing", remedy }];
  }
  return mapsIn(servers).flatMap(({ item: { port, tls }, index }): Finding[] => {
    const protocol = isMap(port) ? String(port.protocol).toUpperCase() : "";
    if ((protocol !== "HTTPS" && protocol !== "TLS") || tls !== undefined) return [];
    const message = `\`tls\` is missing, which ${protocol} needs`;
    const remedy = "Add e.g. `tls: {mode: SIMPLE, credentialName: greeter-cert}`.";
    return [{ path: ["spec", "servers", index], message, remedy }];
  });
}

function checkAuthorizationPolicy({ action, provider }: Fields): Finding[] {
  const isCustom = action === "CUSTOM";
  if (isCustom === (provider !== undefined)) return [];
  const path = isCustom ? ["spec"] : ["spec", "provider"];
  const message = isCustom ? "`provider` is missing" : "is of no use without `action: CUSTOM`";
  const remedy = isCustom ? "Add the provider's name in the mesh config." : "Remove it.";
  return [{ path, message, remedy }];
}

function checkSidecar({ egress }: Fields): Finding[] {
  return mapsIn(egress).flatMap(({ item: { hosts }, index }) =>
    itemsOf(hosts).flatMap((host, i): Finding[] => {
      if (typeof host !== "string" || host.includes("/")) return [];
      const message = `is ${show(host)}, which names no namespace`;
      const remedy = `Write \`namespace/host\`, e.g. \`*/${host}\`.`;
      return [{ path: ["spec", "egress", index, "hosts", i], message, remedy }];
    }),
  );
}
