/** Names of services, as Kubernetes and Istio write them. */

/** `name.namespace.svc.cluster.local` of a host that may be short, named in `namespace`. */
export function fullHost(host: string, namespace: string): string {
  if (host.startsWith("*") || isAddressLike(host)) return host;
  const parts = host.split(".");
  if (parts.length === 1) return `${host}.${namespace}.svc.cluster.local`;
  return host;
}

/** The Kubernetes service that a host names; undefined: none. */
export function kubernetesService(host: string): { name: string; namespace: string } | undefined {
  const [name, namespace, svc] = host.split(".");
  if (name === undefined || namespace === undefined || svc !== "svc") return undefined;
  return { name, namespace };
}

/** A host as a part of a resource's name. */
export function nameOf(host: string): string {
  return host
    .toLowerCase()
    .replace(/\.svc\..*$/, "")
    .replace(/[^a-z0-9.-]/g, "-");
}

/** istiod's name for the cluster of a service's port, or of a subset of it. */
export function outboundCluster(host: string, port: number, subset = ""): string {
  return `outbound|${port}|${subset}|${host}`;
}

function isAddressLike(host: string): boolean {
  return /^[0-9.]+$|:/.test(host);
}
