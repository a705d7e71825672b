/** Kubernetes' own resources, as far as manifests for Istio hold them: Service and Namespace. */
import type { Finding, Path } from "../../protocol/problem.js";
import { suggestField } from "../../protocol/schema.js";
import { nearest, show } from "../../protocol/wording.js";
import { isMap, mapsIn, type Fields } from "../../protocol/maps.js";

/** The fields of ServiceSpec and ServicePort, in k8s.io/api/core/v1/types.go. */
const serviceFields = [
  ...["ports", "selector", "clusterIP", "clusterIPs", "type", "externalIPs", "sessionAffinity"],
  ...["sessionAffinityConfig", "loadBalancerIP", "loadBalancerSourceRanges", "externalName"],
  ...["externalTrafficPolicy", "healthCheckNodePort", "publishNotReadyAddresses", "ipFamilies"],
  ...["ipFamilyPolicy", "allocateLoadBalancerNodePorts", "loadBalancerClass"],
  ...["internalTrafficPolicy", "trafficDistribution"],
];
const portFields = ["name", "protocol", "appProtocol", "port", "targetPort", "nodePort"];

/** Values of `appProtocol` that Istio knows; Kubernetes allows any. */
const istioProtocols = [
  ...["tcp", "http", "http2", "https", "grpc", "grpc-web", "tls", "udp", "mongo", "redis", "mysql"],
  ...["kubernetes.io/h2c", "kubernetes.io/ws", "kubernetes.io/wss"],
];

export function isCore(resource: object): boolean {
  const { apiVersion, kind } = resource as Fields;
  return apiVersion === "v1" && (kind === "Service" || kind === "Namespace");
}

/** What is wrong with a Service's ports; a Namespace has nothing but metadata. */
export function checkCore(resource: object): Finding[] {
  const { kind, spec } = resource as Fields;
  if (kind !== "Service") return [];
  if (!isMap(spec)) {
    return [{ path: [], message: "`spec` is missing", remedy: "Add `spec: {selector, ports}`." }];
  }
  const found = unknownFields(spec, serviceFields, ["spec"]);
  if (
    spec.type !== "ExternalName" &&
    spec.clusterIP !== "None" &&
    mapsIn(spec.ports).length === 0
  ) {
    const remedy = "Add e.g. `ports: [{name: dubbo, port: 20880, appProtocol: http2}]`.";
    found.push({ path: ["spec"], message: "`ports` is missing", remedy });
  }
  const ports = mapsIn(spec.ports);
  for (const { item, index } of ports) {
    const path = ["spec", "ports", index];
    found.push(...unknownFields(item, portFields, path), ...checkPort(item, path));
    if (ports.length > 1 && item.name === undefined) {
      const remedy = "Add it: with several ports each needs one.";
      found.push({ path, message: "`name` is missing", remedy });
    }
  }
  return found;
}

function checkPort(port: Fields, path: Path): Finding[] {
  const found: Finding[] = [];
  const { port: number, appProtocol, protocol } = port;
  const isPort = typeof number === "number" && Number.isInteger(number);
  if (!isPort || number < 1 || number > 65_535) {
    const message = number === undefined ? "`port` is missing" : `is ${show(number)}`;
    const at = number === undefined ? path : [...path, "port"];
    found.push({ path: at, message, remedy: "Write a port from 1 to 65535." });
  }
  const isKnown = istioProtocols.includes(textOf(appProtocol).toLowerCase());
  const near = isKnown ? undefined : nearest(textOf(appProtocol), istioProtocols);
  if (appProtocol !== undefined && (typeof appProtocol !== "string" || near !== undefined)) {
    found.push({
      path: [...path, "appProtocol"],
      message: `is ${show(appProtocol)}, which Istio takes for tcp`,
      remedy: near === undefined ? "Write text, e.g. `http2`." : `Did you mean \`${near}\`?`,
    });
  }
  if (protocol !== undefined && !["TCP", "UDP", "SCTP"].includes(textOf(protocol))) {
    const remedy = "Write TCP, and the protocol above it as `appProtocol`.";
    found.push({ path: [...path, "protocol"], message: `is ${show(protocol)}`, remedy });
  }
  return found;
}

function unknownFields(value: Fields, known: string[], path: Path): Finding[] {
  return Object.keys(value)
    .filter((name) => !known.includes(name))
    .map((name) => ({
      path: [...path, name],
      onKey: true,
      message: "is a field that Kubernetes does not know",
      remedy: suggestField(name, known),
    }));
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
