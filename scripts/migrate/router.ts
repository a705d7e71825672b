/** MetaRouter as VirtualService. */
import { show } from "../protocol/wording.js";
import type { Field } from "./field.js";
import { noteLimits } from "./limits.js";
import { migrateMatch } from "./matches.js";
import { groupPorts, needsPorts, type Host, type Mesh, type PortGroup } from "./mesh.js";
import { migrateMutation } from "./mutation.js";
import { metadataOf, type Resource } from "./resources.js";

/** undefined: there is nothing to route, and Istio's own routes will do. */
export function migrateRouter(resource: Resource, mesh: Mesh): object | undefined {
  const spec = resource.root.at("spec");
  const host = hostOf(spec.at("hosts"), mesh);
  noteLimits(spec);
  if (host === undefined) return undefined;
  if (host.router !== undefined) {
    const message = `is ${show(host.host)}, for which ${host.router} has routes already`;
    spec.at("hosts", 0).wrong(message, "Aeraki takes either: remove the one that is not meant.");
  }
  host.router = `MetaRouter ${resource.namespace}/${resource.name}`;
  if (host.ports.length === 0) {
    spec.at("routes").none(`Its service ${host.unserved}`);
    return undefined;
  }
  const ports = host.ports.filter(({ name }) => !name.isNative);
  if (ports.length === 0) {
    spec.at("routes").none("Aeraki has no MetaRouter for such ports, and it had no effect.");
    return undefined;
  }
  const routes = spec.at("routes");
  noteOtherPorts(host, spec.at("hosts"));
  const http = groupPorts(ports).flatMap((group) =>
    routes.items().flatMap((route) => migrateRoute(route, group, host, mesh) ?? []),
  );
  migrateMutation(routes, host);
  const gateways = migrateGateways(spec.at("gateways"), host);
  spec.at("exportTo").maps("VirtualService spec.exportTo");
  const metadata = metadataOf(resource);
  if (http.length === 0) return undefined;
  return virtualService(metadata, host, {
    ...(gateways.length > 0 && { gateways }),
    ...(spec.at("exportTo").isSet && { exportTo: spec.at("exportTo").texts() }),
    http: [...http, ...otherPorts(host)],
  });
}

export function virtualService(metadata: object, host: Host, spec: object): object {
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata,
    spec: { hosts: [host.host], ...spec },
  };
}

function hostOf(hosts: Field, mesh: Mesh): Host | undefined {
  const [first, ...others] = hosts.items();
  if (first === undefined) {
    hosts.wrong(
      "names no host",
      "Write the service's full name, e.g. [greeter.shop.svc.cluster.local].",
    );
    return undefined;
  }
  const name = first.text() ?? "";
  const host = mesh.find(name);
  if (host === undefined) {
    first.wrong(
      `is ${show(name)}, of which the files have no Service or ServiceEntry with a port of Aeraki's`,
      "Name the file with it, too.",
    );
  }
  first.maps("VirtualService spec.hosts");
  for (const other of others) other.none("Aeraki takes the first host only; so does this.");
  return host;
}

function migrateGateways(gateways: Field, host: Host): string[] {
  const names = gateways.texts();
  host.hasGateway ||= names.some((name) => name !== "mesh");
  if (names.length > 0 && !names.includes("mesh")) {
    gateways.differently(
      "VirtualService spec.gateways",
      "Aeraki gives these routes to sidecars, too; add `mesh` if they shall have them.",
    );
  } else gateways.maps("VirtualService spec.gateways");
  return names;
}

function migrateRoute(route: Field, group: PortGroup, host: Host, mesh: Mesh): object | undefined {
  const match = migrateMatch(route.at("match", "attributes").members(), group.codec);
  if (match === undefined) {
    route.none(
      "Left out: its match has no equivalent. Requests that it took go to the routes after it.",
    );
    return undefined;
  }
  for (const { keys } of group.ports) for (const key of match.keys) keys.add(key);
  const headers = match.keys.length > 0 && { headers: match.headers };
  const matches = needsPorts(host)
    ? group.ports.map(({ number }) => ({ ...headers, port: number }))
    : headers && [headers];
  const name = routeName(route);
  const isOneOfSeveral = groupPorts(host.ports).length > 1;
  return {
    name: isOneOfSeveral ? `${name}-${group.codec.protocol}` : name,
    ...(matches && { match: matches }),
    route: migrateDestinations(route.at("route"), mesh),
    ...migrateMirror(route, mesh),
  };
}

/** Each route has a name: those with weights are found by it. */
export function routeName(route: Field): string {
  route.at("name").maps("http[].name");
  return route.at("name").text() ?? `route-${String(route.path.at(-1))}`;
}

function migrateDestinations(field: Field, mesh: Mesh): object[] {
  const destinations = field.items();
  if (destinations.length === 0 && (!field.isSet || Array.isArray(field.value))) {
    field.wrong("has no destination", "Add `- destination: { host: …, subset: … }`.");
  }
  return destinations.map((each) => {
    const weight = each.at("weight").number();
    const isAlone = destinations.length === 1;
    each.at("weight").maps(isAlone ? "left out: it takes everything" : "http[].route[].weight");
    const destination = migrateDestination(
      each.at("destination"),
      mesh,
      "http[].route[].destination",
    );
    return { destination, ...(!isAlone && { weight: weight ?? 0 }) };
  });
}

/** @param how what is different about it, if anything */
function migrateDestination(field: Field, mesh: Mesh, to: string, how?: string): object {
  const host = field.at("host").needed("Write the service's full name.");
  const subset = field.at("subset").text();
  const number = field.at("port", "number").number();
  if (host !== "" && (mesh.find(host)?.ports.length ?? 0) === 0) {
    field
      .at("host")
      .wrong(
        `is ${show(host)}, of which the files have no Service or ServiceEntry that Argot can serve`,
        "Name the file with it, too: its port has to become HTTP2 with the others.",
      );
  }
  for (const part of [field.at("host"), field.at("subset"), field.at("port", "number")]) {
    if (how === undefined) part.maps(to);
    else part.differently(to, how);
  }
  return {
    host,
    ...(subset !== undefined && { subset }),
    ...(number !== undefined && { port: { number } }),
  };
}

function migrateMirror(route: Field, mesh: Mesh): object {
  const mirror = route.at("mirror");
  const percentage = route.at("mirrorPercentage");
  if (!mirror.isSet) {
    if (percentage.isSet)
      percentage.wrong("has no `mirror` beside it", "Add `mirror`, or remove it.");
    return {};
  }
  const value = percentage.at("value").number();
  const how = "Lanes are mirrored, each with all of its requests.";
  percentage
    .at("value")
    .differently("http[].mirrorPercentage", "The share is one of lanes, not of requests.");
  return {
    mirror: migrateDestination(mirror, mesh, "http[].mirror", how),
    ...(value !== undefined && { mirrorPercentage: { value } }),
  };
}

function noteOtherPorts({ httpPorts }: Host, hosts: Field): void {
  if (httpPorts.length === 0) return;
  const how = `Only for Aeraki's ports; port ${httpPorts.join(", ")} keeps its requests by a route at the end.`;
  hosts.differently("VirtualService spec.http", how);
}

/** A VirtualService takes the place of the routes that HTTP ports have without one. */
function otherPorts({ host, httpPorts }: Host): object[] {
  return httpPorts.map((number) => ({
    name: `port-${number}`,
    match: [{ port: number }],
    route: [{ destination: { host, port: { number } } }],
  }));
}
