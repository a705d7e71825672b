/**
 * VirtualServices of ports `tcp-dubbo` and `tcp-thrift`. Aeraki reads HTTP routes there as routes
 * of Envoy's own Dubbo and Thrift filters, and minds little of them; the rest would take effect
 * once the port is HTTP/2.
 */
import { show } from "../protocol/wording.js";
import type { Field } from "./field.js";
import { migrateMatch } from "./matches.js";
import { groupPorts, type Host, type Mesh, type PortGroup } from "./mesh.js";
import { metadataOf, type Resource } from "./resources.js";
import { routeName, virtualService } from "./router.js";

/** undefined: none of its hosts has such a port. */
export function migrateVirtualService(resource: Resource, mesh: Mesh): object | undefined {
  const spec = resource.root.at("spec");
  const host = spec
    .at("hosts")
    .texts()
    .map((name) => mesh.find(name) ?? mesh.find(`${name}.${resource.namespace}.svc.cluster.local`))
    .find((found) => found !== undefined);
  if (host === undefined) return undefined;
  const [group] = groupPorts(host.ports.filter(({ name }) => name.isNative));
  if (group === undefined) {
    if (host.router === undefined) return undefined;
    const message = `is ${show(host.host)}, for which a VirtualService is made of ${host.router}`;
    const remedy =
      "Istio minds one of the two only: take this one out, and add its routes to what is made.";
    spec.at("hosts").wrong(message, remedy);
    return undefined;
  }
  spec.at("hosts").maps("unchanged");
  for (const name of ["gateways", "exportTo"]) spec.at(name).maps("unchanged");
  const http = spec
    .at("http")
    .items()
    .map((route) => migrateRoute(route, group, host));
  const kept = ["gateways", "exportTo"].filter((name) => spec.at(name).isSet);
  return virtualService(metadataOf(resource), host, {
    ...Object.fromEntries(kept.map((name) => [name, spec.at(name).value])),
    http,
  });
}

function migrateRoute(route: Field, group: PortGroup, host: Host): object {
  for (const [name, field] of route.members()) {
    if (["name", "match", "route"].includes(name)) continue;
    field.none("Aeraki ignores it, and it would act on whole lanes now: left out.");
  }
  const name = routeName(route);
  const match = migrateConditions(route.at("match"), group);
  const destinations = route.at("route").items();
  return {
    name,
    ...(match && { match }),
    route: destinations.map((each) => {
      const subset = each.at("destination", "subset").text();
      const weight = each.at("weight").number();
      each.at("destination").maps("http[].route[].destination");
      each.at("weight").maps("http[].route[].weight");
      return {
        destination: { host: host.host, ...(subset !== undefined && { subset }) },
        ...(destinations.length > 1 && { weight: weight ?? 0 }),
      };
    }),
  };
}

/** Of Dubbo's routes the first match counts, of Thrift's none. */
function migrateConditions(match: Field, { codec, ports }: PortGroup): object[] | undefined {
  const [first, ...others] = match.items();
  for (const other of others) other.none("Aeraki minds the first match only: left out.");
  if (first === undefined) return undefined;
  if (codec.protocol !== "dubbo") {
    first.none("Aeraki minds no match of a Thrift route, it takes all: left out.");
    return undefined;
  }
  const headers = migrateMatch(first.at("headers").members(), { ...codec, keys: {} });
  const method = first.at("method").isSet
    ? migrateMatch([["method", first.at("method")]], codec)
    : undefined;
  for (const [name, field] of first.members()) {
    if (name === "headers" || name === "method") continue;
    field.none("Aeraki minds `method` and `headers` only: left out.");
  }
  const keys = [...(headers?.keys ?? []), ...(method?.keys ?? [])];
  for (const port of ports) for (const key of keys) port.keys.add(key);
  if (keys.length === 0) return undefined;
  return [{ headers: { ...headers?.headers, ...method?.headers } }];
}
