/** A resource of Kubernetes, as it is written and read here. */
import type { ConfigMap } from "../protocol/emit/notes.js";
import type { ApplicationProtocol } from "../protocol/model.js";
import { kubernetesService } from "./hosts.js";

export interface Resource extends ConfigMap {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
}

export interface Metadata extends ConfigMap {
  name: string;
  namespace: string;
}

/** Kinds by the order in which they should come into being: who is referred to comes first. */
const KINDS = [
  "Service",
  "ServiceEntry",
  "DestinationRule",
  "EnvoyFilter",
  "WasmPlugin",
  "TrafficExtension",
  "Sidecar",
  "VirtualService",
];

/** Namespace of what concerns the whole mesh, unless the document says otherwise. */
const ROOT_NAMESPACE = "istio-system";

export function rootNamespace({ istio }: ApplicationProtocol): string {
  return istio?.rootNamespace ?? ROOT_NAMESPACE;
}

/** Where a service's own resources go: its namespace, if its host tells one. */
export function namespaceOf(protocol: ApplicationProtocol, host: string): string {
  return kubernetesService(host)?.namespace ?? rootNamespace(protocol);
}

/** Metadata of a resource that is made of `protocol`: `argot-<name>`, and labels to find it by. */
export function metadataOf(
  protocol: ApplicationProtocol,
  { suffix, namespace }: { suffix?: string; namespace?: string } = {},
): Metadata {
  return {
    name: ["argot", protocol.name, suffix].filter((part) => part !== undefined).join("-"),
    namespace: namespace ?? rootNamespace(protocol),
    labels: {
      "app.kubernetes.io/managed-by": "argot",
      "argot.dev/application-protocol": protocol.name,
    },
  };
}

/** A label of what is needed only while services move from TCP to lanes, or back. */
export const TEMPORARY = "argot.dev/temporary";

/**
 * The label tells routes from what they lead to: on the way back the latter has to reach the
 * proxies before, since a route to a cluster that a proxy does not know yet refuses requests.
 */
export function temporary(resource: Resource): Resource {
  const { kind, metadata } = resource;
  const what = kind === "VirtualService" ? "routes" : "targets";
  const labels = { ...(metadata.labels as ConfigMap), [TEMPORARY]: what };
  return { ...resource, metadata: { ...metadata, labels } };
}

/** Sorted so that equal sets of resources give equal text, in an order that can be applied. */
export function sorted(resources: readonly Resource[]): Resource[] {
  const keyOf = ({ kind, metadata }: Resource) =>
    [String(KINDS.indexOf(kind)).padStart(3, "0"), metadata.namespace, metadata.name].join("\0");
  return resources
    .map((resource) => ({ resource, key: keyOf(resource) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ resource }) => resource);
}
