/** EnvoyFilter: patches to what istiod makes. */
import type { Config, ConfigMap } from "../../protocol/emit/notes.js";
import type { ApplicationProtocol } from "../../protocol/model.js";
import { metadataOf, type Resource } from "../resource.js";

export type Context = "SIDECAR_OUTBOUND" | "SIDECAR_INBOUND" | "GATEWAY";

/** A patch may have a comment (`noted`). */
export type Patch = Config;

/**
 * So many patches go into one resource. Kubernetes takes 1.5 MiB; one that must be sent anew for
 * a change of one service should be far smaller.
 */
const MOST_PATCHES = 400;

/** The patches as EnvoyFilters `argot-<name>-<purpose>`, several where they are many. */
export function envoyFilters(
  protocol: ApplicationProtocol,
  purpose: string,
  patches: readonly Patch[],
): Resource[] {
  const filters: Resource[] = [];
  for (let at = 0; at < patches.length; at += MOST_PATCHES) {
    const suffix = at === 0 ? purpose : `${purpose}-${at / MOST_PATCHES + 1}`;
    filters.push({
      apiVersion: "networking.istio.io/v1alpha3",
      kind: "EnvoyFilter",
      metadata: metadataOf(protocol, { suffix }),
      spec: { configPatches: patches.slice(at, at + MOST_PATCHES) },
    });
  }
  return filters;
}

export const HCM = "envoy.filters.network.http_connection_manager";
const FILTERS = "type.googleapis.com/envoy.extensions.filters";

export function typed(type: string, members: ConfigMap = {}): ConfigMap {
  return { "@type": type, ...members };
}

export function networkFilterType(name: string): string {
  return `${FILTERS}.network.${name}`;
}

export function httpFilterType(name: string): string {
  return `${FILTERS}.http.${name}`;
}

/** The bytes of an HTTP/2 stream leave raw on a TCP connection of their own. */
export const RAW_UPSTREAM: ConfigMap = {
  name: "envoy.filters.connection_pools.http.tcp",
  typed_config: typed(
    "type.googleapis.com/envoy.extensions.upstreams.http.tcp.v3.TcpConnectionPoolProto",
  ),
};

/** Sorted, each once. */
export function distinct(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}
