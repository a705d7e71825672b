/** Names of services, as patterns name them and as resources of a namespace do. */
import { fullHost, kubernetesService } from "../hosts.js";

/** A name without a dot is one of the namespace; any other is taken as it is. */
export function fullName(host: string, namespace: string): string {
  return fullHost(host.toLowerCase(), namespace);
}

/** Does `*`, `*.example.com` or a name in full mean this host? */
export function meansHost(pattern: string, host: string): boolean {
  if (pattern === "*") return true;
  return pattern.startsWith("*") ? host.endsWith(pattern.slice(1)) : pattern === host;
}

/** The namespaces of a host: that of its name, and those of the resources that give it. */
export function namespacesOf(host: string, given: readonly { namespace: string }[]): string[] {
  const own = kubernetesService(host)?.namespace;
  const others = given.map(({ namespace }) => namespace);
  return own === undefined ? others : [own, ...others];
}
