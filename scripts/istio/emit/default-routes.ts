/**
 * While a port may still be TCP, lanes need clusters of their own (clusters.ts), so routes must
 * name subsets. A service whose user has no VirtualService gets one that names a subset of all.
 */
import type { ApplicationProtocol, Service } from "../../protocol/model.js";
import { nameOf } from "../hosts.js";
import { metadataOf, namespaceOf, type Resource } from "../resource.js";

/** The subset of all servers. DestinationRules of one host are merged: users' own remain. */
export const ALL = "argot-lanes";

export function defaultRoutes(protocol: ApplicationProtocol, { host, port }: Service): Resource[] {
  const namespace = namespaceOf(protocol, host);
  const metadata = metadataOf(protocol, { suffix: nameOf(host), namespace });
  return [
    {
      apiVersion: "networking.istio.io/v1",
      kind: "DestinationRule",
      metadata,
      spec: { host, subsets: [{ name: ALL }] },
    },
    {
      apiVersion: "networking.istio.io/v1",
      kind: "VirtualService",
      metadata,
      spec: {
        hosts: [host],
        http: [
          {
            name: "all",
            match: [{ port }],
            route: [{ destination: { host, port: { number: port }, subset: ALL } }],
          },
        ],
      },
    },
  ];
}
