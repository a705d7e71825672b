/** The ports of Kubernetes services: a lanes port is HTTP2 to Istio. */
import type { ConfigMap } from "../protocol/emit/notes.js";
import type { ApplicationProtocol } from "../protocol/model.js";
import type { SourceDocument } from "../protocol/source.js";
import { Field } from "./checks/field.js";
import { serviceProtocol, type PortProtocol } from "./checks/port-protocols.js";
import { kubernetesService } from "./hosts.js";
import type { Resource } from "./resource.js";
import { given, type Given, type ServiceSpec } from "./routes.js";

/** What makes Istio take a port for HTTP2; it goes before the port's name. */
const APP_PROTOCOL = "http2";
/** What is HTTP/2 to Istio. */
const HTTP2: readonly PortProtocol[] = ["http2", "grpc", "grpc-web"];

/** The user's own Services, with their ports switched. */
export function switchedServices(
  protocol: ApplicationProtocol,
  documents: readonly SourceDocument[],
): Resource[] {
  const services = servicesByHost(documents);
  return protocol.services.flatMap(({ host, port }) => {
    const found = services.get(keyOf(host));
    if (found === undefined || !isTcp(found, port)) return [];
    const resource = structuredClone(found.document.value) as Resource & { spec: ConfigMap };
    resource.metadata.namespace = found.metadata.namespace;
    resource.spec.ports = (found.spec.ports ?? []).map((each) =>
      each.port === port ? { ...each, appProtocol: APP_PROTOCOL } : each,
    );
    return [resource];
  });
}

/** What to say of services whose resources are not at hand. */
export function portsToSwitch(
  { services }: ApplicationProtocol,
  documents: readonly SourceDocument[],
): string[] {
  const known = servicesByHost(documents);
  return services.flatMap(({ host, port, serviceEntry }) => {
    const service = kubernetesService(host);
    if (serviceEntry !== undefined || service === undefined || known.has(keyOf(host))) return [];
    const { name, namespace } = service;
    const patch = JSON.stringify({ spec: { ports: [{ port, appProtocol: APP_PROTOCOL }] } });
    return [
      `port ${port} of service ${name} must be HTTP2: ` +
        `kubectl -n ${namespace} patch service ${name} -p '${patch}'`,
    ];
  });
}

function servicesByHost(documents: readonly SourceDocument[]): Map<string, Given<ServiceSpec>> {
  return new Map(
    given<ServiceSpec>(documents, "Service").map((service) => {
      const { name, namespace } = service.metadata;
      return [`${name}.${namespace}`, service];
    }),
  );
}

function keyOf(host: string): string {
  const { name = host, namespace = "" } = kubernetesService(host) ?? {};
  return `${name}.${namespace}`;
}

function isTcp({ spec }: Given<ServiceSpec>, port: number): boolean {
  const found = spec.ports?.find((each) => each.port === port);
  return found !== undefined && !HTTP2.includes(serviceProtocol(new Field(found)));
}
