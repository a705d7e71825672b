/** Resources of users' that several tests apply, as YAML: each begins with the mark of a document. */
import { HOST, PORT } from "./greeter.js";

/** @param spec the rest of it, indented by two; the one service unless `service` says another */
export const applicationProtocol = (spec: string, service = `host: ${HOST}, port: ${PORT}`) => `---
apiVersion: argot.dev/v1
kind: ApplicationProtocol
metadata: { name: greeter }
spec:
  protocol: dubbo
${spec}
  services:
    - { ${service} }
`;

/** @param http the list of rules, indented by four */
export const virtualService = (http: string, host = "greeter") => `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${host}, namespace: default }
spec:
  hosts: [${host}]
  http:
${http}
`;

/** @param subsets the list of subsets, indented by four */
export const destinationRule = (subsets: string, host = "greeter") => `---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: ${host}, namespace: default }
spec:
  host: ${host}
  subsets:
${subsets}
`;

/** Subsets v1 and v2. */
export const VERSIONS = `\
    - { name: v1, labels: { version: v1 } }
    - { name: v2, labels: { version: v2 } }`;

/** Mutual TLS for all of the mesh. */
export const authentication = (mode: string) => `---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: default, namespace: istio-system }
spec: { mtls: { mode: ${mode} } }
`;

/** The caller's listener of one service, at the service's address. */
export const callerSidecar = (ip: string, host: string, port: number) => `---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: { name: caller }
spec:
  workloadSelector: { labels: { app: caller } }
  egress:
    - port: { number: ${port}, name: http2-dubbo, protocol: HTTP2 }
      bind: ${ip}
      hosts: ["./${host}"]
    - hosts: ["istio-system/*"]
`;

/** What a cluster of lanes has. */
export const RAW_UPSTREAM = JSON.stringify({
  name: "envoy.filters.connection_pools.http.tcp",
  typed_config: {
    "@type": "type.googleapis.com/envoy.extensions.upstreams.http.tcp.v3.TcpConnectionPoolProto",
  },
});
