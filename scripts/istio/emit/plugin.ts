/** The filter itself: Istio's WasmPlugin, or TrafficExtension, which follows it in Istio 1.31. */
import { pluginConfiguration } from "../../protocol/emit/plugin.js";
import { noted, type Config, type ConfigMap } from "../../protocol/emit/notes.js";
import type { ApplicationProtocol, Image } from "../../protocol/model.js";
import { metadataOf, rootNamespace, type Resource } from "../resource.js";

/**
 * What stands for the address that a client called, where lanes of several services pass one
 * configuration. Istio's virtual hosts list a service's addresses beside its names.
 */
const CALLED_ADDRESS = "%DOWNSTREAM_LOCAL_ADDRESS%";

/** The name by which sidecars ask istiod for the filter, as istiod 1.26 to 1.30 makes it. */
export function extensionName(protocol: ApplicationProtocol): string {
  return `extensions.istio.io/wasmplugin/${rootNamespace(protocol)}.argot-${protocol.name}`;
}

export function wasmPlugin(protocol: ApplicationProtocol, image: Image): Resource {
  const { url, sha256, pullPolicy, pullSecret } = image;
  return {
    apiVersion: "extensions.istio.io/v1alpha1",
    kind: "WasmPlugin",
    metadata: metadataOf(protocol),
    spec: {
      type: noted("A network filter; without this Istio takes it for an HTTP filter.", "NETWORK"),
      url,
      ...(sha256 !== undefined && { sha256 }),
      ...(pullPolicy !== undefined && { imagePullPolicy: pullPolicy }),
      ...(pullSecret !== undefined && { imagePullSecret: pullSecret }),
      match: noted(
        "Where the port is still TCP, the filter lets all bytes through.",
        matches(protocol),
      ),
      pluginConfig: sharedConfiguration(protocol),
    },
  };
}

export function trafficExtension(protocol: ApplicationProtocol, image: Image): Resource {
  const { url, sha256, pullPolicy, pullSecret } = image;
  return {
    apiVersion: "extensions.istio.io/v1alpha1",
    kind: "TrafficExtension",
    metadata: metadataOf(protocol),
    spec: {
      match: matches(protocol),
      wasm: {
        type: "NETWORK",
        url,
        ...(sha256 !== undefined && { sha256 }),
        ...(pullPolicy !== undefined && { imagePullPolicy: pullPolicy }),
        ...(pullSecret !== undefined && { imagePullSecret: pullSecret }),
        pluginConfig: sharedConfiguration(protocol),
      },
    },
  };
}

/** Outbound, and in gateways, Istio goes by the service's port; inbound by that or the server's. */
function matches(protocol: ApplicationProtocol): Config[] {
  const { services, istio } = protocol;
  const sides = istio?.sides ?? ["client", "server"];
  const called = portList(services.map(({ port }) => port));
  const served = portList(services.flatMap(({ port, targetPort = port }) => [port, targetPort]));
  return [
    ...(sides.includes("client") || istio?.gateway === true
      ? [{ mode: "CLIENT", ports: called }]
      : []),
    ...(sides.includes("server") && hasServers(protocol)
      ? [{ mode: "SERVER", ports: served }]
      : []),
  ];
}

function portList(ports: readonly number[]): Config[] {
  return [...new Set(ports)].sort((a, b) => a - b).map((number) => ({ number }));
}

/** Whether any of its services may have servers with a sidecar. */
export function hasServers({ services }: ApplicationProtocol): boolean {
  return services.some(
    ({ serviceEntry }) => serviceEntry === undefined || serviceEntry.location === "MESH_INTERNAL",
  );
}

/** One configuration for all services, clients' and servers' sides. */
function sharedConfiguration(protocol: ApplicationProtocol): ConfigMap {
  const [first, ...more] = protocol.services;
  const configuration = pluginConfiguration(protocol, first!);
  if (protocol.mode === "lanes" && more.length > 0) configuration.authority = CALLED_ADDRESS;
  return configuration as unknown as ConfigMap;
}
