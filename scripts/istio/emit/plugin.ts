/** The filter itself: Istio's WasmPlugin, or TrafficExtension, which follows it in Istio 1.31. */
import { pluginConfiguration } from "../../protocol/emit/plugin.js";
import { noted, type Config, type ConfigMap } from "../../protocol/emit/notes.js";
import type { ApplicationProtocol, Image, Route, Service } from "../../protocol/model.js";
import { nameOf, outboundCluster } from "../hosts.js";
import { isOlder, type IstioVersion } from "../schemas/versions.js";
import { distinct } from "./patches.js";
import { metadataOf, rootNamespace, type Resource } from "../resource.js";

/**
 * What stands for the address that a client called, where lanes of several services pass one
 * configuration. Istio's virtual hosts list a service's addresses beside its names.
 */
const CALLED_ADDRESS = "%DOWNSTREAM_LOCAL_ADDRESS%";

/** What decides how the filter is given to Istio. */
export interface Delivery {
  istio: IstioVersion;
  trafficExtension: boolean;
}

/** What istiod 1.31 appends to the name of a WasmPlugin, which it takes for a TrafficExtension. */
const TRANSLATED = "~istio-translated-wasmplugin";

/**
 * The name by which sidecars ask istiod for the filter. Source: istiod's
 * pilot/pkg/model/extensions.go, of 1.29.1 and 1.31.1; since 1.31 in
 * pilot/pkg/config/kube/extensions/translate.go, too.
 */
export function extensionName(
  protocol: ApplicationProtocol,
  { istio, trafficExtension }: Delivery,
): string {
  const name = `${rootNamespace(protocol)}.argot-${protocol.name}`;
  if (trafficExtension) return `extensions.istio.io/trafficextension/${name}`;
  if (isOlder(istio, "1.31")) return `extensions.istio.io/wasmplugin/${name}`;
  return `extensions.istio.io/trafficextension/${name}${TRANSLATED}`;
}

/**
 * The filter's resources: one, or in mode `connection` one for each service. There the rules stand
 * in the filter's configuration, and which service a connection is for shows in its port only.
 */
export function filterResources(
  protocol: ApplicationProtocol,
  image: Image,
  delivery: Delivery,
): Resource[] {
  const all = parts(protocol);
  return all.map((part) => {
    const hosts = part.services.map(({ host }) => nameOf(host));
    return filterResource(part, image, delivery, all.length > 1 ? hosts.join() : undefined);
  });
}

/** What each of the filter's resources is for. */
function parts(protocol: ApplicationProtocol): ApplicationProtocol[] {
  if (protocol.mode === "lanes") return [protocol];
  return protocol.services.map((service) => ({ ...protocol, services: [service] }));
}

function filterResource(
  protocol: ApplicationProtocol,
  image: Image,
  { istio, trafficExtension }: Delivery,
  suffix?: string,
): Resource {
  const match = noted(
    "Where the port is still TCP, the filter lets all bytes through.",
    matches(protocol),
  );
  const plugin = {
    type: noted("A network filter; without this Istio takes it for an HTTP filter.", "NETWORK"),
    ...source(image),
    ...(!isOlder(istio, "1.27") && {
      failStrategy: noted("After a trap the next connections get a new module.", "FAIL_RELOAD"),
    }),
    pluginConfig: configurationOf(protocol),
  };
  return {
    apiVersion: "extensions.istio.io/v1alpha1",
    kind: trafficExtension ? "TrafficExtension" : "WasmPlugin",
    metadata: metadataOf(protocol, suffix === undefined ? {} : { suffix }),
    spec: trafficExtension ? { match, wasm: plugin } : { match, ...plugin },
  };
}

function source({ url, sha256, pullPolicy, pullSecret }: Image): ConfigMap {
  return {
    url,
    ...(sha256 !== undefined && { sha256 }),
    ...(pullPolicy !== undefined && { imagePullPolicy: pullPolicy }),
    ...(pullSecret !== undefined && { imagePullSecret: pullSecret }),
  };
}

/** Outbound, and in gateways, Istio goes by the service's port; inbound by the server's. */
function matches(protocol: ApplicationProtocol): Config[] {
  const { services, istio, mode } = protocol;
  const sides = sidesOf(protocol);
  const called = portList(services.map(({ port }) => port));
  const served = portList(servedPorts(protocol));
  const callsHere = sides.includes("client") || istio?.gateway === true;
  // A server's side has nothing to route by connection.
  const servesHere = mode === "lanes" && sides.includes("server") && hasServers(protocol);
  const found = [
    ...(callsHere && hasOwnListeners(protocol) ? [{ mode: "CLIENT", ports: called }] : []),
    ...(servesHere ? [{ mode: "SERVER", ports: served }] : []),
  ];
  return found.length > 0
    ? found
    : [noted("No port: filter chains refer to the plugin by its name.", NOWHERE)];
}

/** No match at all would mean all ports. */
const NOWHERE = { mode: "CLIENT", ports: [{ number: 1 }] };

/**
 * Whether Istio's own outbound listeners of the ports are the protocol's alone, so that a
 * WasmPlugin may put the filter there. Where HTTP services share them, chain.ts does.
 */
export function hasOwnListeners({ mode, istio = {} }: ApplicationProtocol): boolean {
  return mode !== "lanes" || istio.interception === "NONE" || istio.outbound === "sidecar";
}

function portList(ports: readonly number[]): Config[] {
  return distinct(ports).map((number) => ({ number }));
}

/** Whose sidecars get lanes. */
export function sidesOf({ istio }: ApplicationProtocol): readonly ("client" | "server")[] {
  return istio?.sides ?? ["client", "server"];
}

/** Whether any of its services may have servers with a sidecar. */
export function hasServers({ services }: ApplicationProtocol): boolean {
  return services.some(isInMesh);
}

export function isInMesh({ serviceEntry }: Service): boolean {
  return serviceEntry === undefined || serviceEntry.location === "MESH_INTERNAL";
}

/** Ports on which servers' sidecars take connections. */
export function servedPorts({ services }: ApplicationProtocol): number[] {
  return distinct(services.filter(isInMesh).map(({ port, targetPort = port }) => targetPort));
}

/** What the filter's resources of a document configure it with. */
export function configurationsOf(protocol: ApplicationProtocol): ConfigMap[] {
  return parts(protocol).map(configurationOf);
}

/** One configuration for all services of a resource, clients' and servers' sides. */
function configurationOf(protocol: ApplicationProtocol): ConfigMap {
  const [first, ...more] = protocol.services as [Service, ...Service[]];
  const service = { ...first, routes: first.routes.map(orAll) };
  const configuration = pluginConfiguration(protocol, service, ({ host, port }, subset) =>
    outboundCluster(host, port, subset),
  );
  if (protocol.mode === "lanes" && more.length > 0) configuration.authority = CALLED_ADDRESS;
  return configuration as unknown as ConfigMap; // plain data, typed by its fields
}

/** A route without subsets leads to all servers: the cluster of no subset. */
function orAll(route: Route): Route {
  return route.to.length > 0 ? route : { ...route, to: [{ subset: "", weight: 1 }] };
}
