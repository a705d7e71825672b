/** A Kubernetes service of the lab, as objects: nothing but the lab makes its EndpointSlices. */
import type { Resource } from "./kubernetes.js";
import type { Pod } from "./pod.js";

export interface ServicePort {
  /** Istio takes its protocol from this, e.g. `http2-dubbo`, unless `appProtocol` is there. */
  name: string;
  port: number;
  /** On which the pods listen. Default: the same. */
  targetPort?: number;
  /** E.g. `http2`. */
  appProtocol?: string;
}

export interface ServiceOptions {
  name: string;
  /** Default: `default`. */
  namespace?: string;
  ports: ServicePort[];
  /** Those that are ready. */
  pods: Pod[];
  /** Default: one of the lab's range; `None` makes a headless service. */
  clusterIP?: string;
  /** Default: what all pods have. */
  selector?: Record<string, string>;
}

/** The Service and its EndpointSlice. Applied again with other `pods`, they replace the old ones. */
export function serviceResources(options: ServiceOptions): Resource[] {
  const { name, namespace = "default", ports, pods, clusterIP } = options;
  const selector = options.selector ?? shared(pods.map(({ labels }) => labels));
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace },
    spec: { ports, selector, ...(clusterIP !== undefined && { clusterIP }) },
  };
  const slice = {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name, namespace, labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    ports: ports.map(({ name, port, targetPort = port, appProtocol }) => ({
      ...{ name, port: targetPort, protocol: "TCP" },
      ...(appProtocol !== undefined && { appProtocol }),
    })),
    endpoints: pods.map((pod) => ({
      addresses: [pod.ip],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: pod.nodeName,
      targetRef: { kind: "Pod", name: pod.name, namespace: pod.namespace },
    })),
  };
  return [service, slice];
}

/** The labels that all have in common. */
function shared([first = {}, ...rest]: Record<string, string>[]): Record<string, string> {
  const isShared = ([name, value]: [string, string]) =>
    rest.every((other) => other[name] === value);
  return Object.fromEntries(Object.entries(first).filter(isShared));
}
