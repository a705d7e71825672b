/** What the given files say of the mesh: who speaks which protocol where, and what stands there. */
import type { PlacedProtocol } from "../../protocol/load.js";
import type { ApplicationProtocol, Mode, Service } from "../../protocol/model.js";
import type { SourceDocument } from "../../protocol/source.js";
import { Field } from "./field.js";
import { fullName, meansHost } from "./hosts.js";
import { entryProtocol, type PortProtocol, serviceProtocol } from "./port-protocols.js";

/** A service of an ApplicationProtocol. */
export interface Spoken {
  document: SourceDocument;
  protocol: ApplicationProtocol;
  service: Service;
  mode: Mode;
  host: string;
  port: number;
  /** Where it stands in its document. */
  field: Field;
}

/** A resource of Istio or Kubernetes. */
export interface Resource {
  document: SourceDocument;
  kind: string;
  name: string;
  namespace: string;
  spec: Field;
}

/** A port that a Service or a ServiceEntry gives a host. */
export interface GivenPort {
  number: number;
  protocol: PortProtocol;
}

export interface Workloads {
  labels: Record<string, string>[];
  /** There can be no others. */
  isAll: boolean;
}

/** Whose pods have labels of their own, and where. */
const podTemplates: Record<string, string[]> = {
  Deployment: ["template", "metadata", "labels"],
  StatefulSet: ["template", "metadata", "labels"],
  DaemonSet: ["template", "metadata", "labels"],
  WorkloadEntry: ["labels"],
};

export class Mesh {
  readonly spoken: Spoken[];
  private readonly resources: Resource[];

  constructor(protocols: PlacedProtocol[], documents: SourceDocument[]) {
    this.spoken = protocols.flatMap(({ document, protocol }) => {
      const services = new Field(document.value).at("spec", "services");
      return protocol.services.map((service, i) => ({
        ...{ document, protocol, service, mode: protocol.mode, port: service.port },
        ...{ host: service.host.toLowerCase(), field: services.at(i) },
      }));
    });
    this.resources = documents.flatMap((document) => toResource(document) ?? []);
  }

  /** All resources of a kind. */
  all(kind: string): Resource[] {
    return this.resources.filter((resource) => resource.kind === kind);
  }

  /** Services of ApplicationProtocols that a name means, which may hold wildcards. */
  spokenAt(host: string): Spoken[] {
    return this.spoken.filter((spoken) => meansHost(host, spoken.host));
  }

  lanesAt(host: string): Spoken[] {
    return this.spokenAt(host).filter(({ mode }) => mode === "lanes");
  }

  /** Is the host one of a Service or ServiceEntry? */
  isGiven(host: string): boolean {
    return this.portsOf(host) !== undefined;
  }

  /** The ports of a host by its Services and ServiceEntries; undefined: none are given. */
  portsOf(host: string): GivenPort[] | undefined {
    const services = this.servicesOf(host).map(({ spec }) =>
      spec.at("ports").items.flatMap((port) => given(port.at("port"), serviceProtocol(port))),
    );
    const entries = this.entriesOf(host).map(({ spec }) =>
      spec.at("ports").items.flatMap((port) => given(port.at("number"), entryProtocol(port))),
    );
    const all = [...services, ...entries];
    return all.length === 0 ? undefined : all.flat();
  }

  servicesOf(host: string): Resource[] {
    return this.all("Service").filter(({ name, namespace }) => fullName(name, namespace) === host);
  }

  entriesOf(host: string): Resource[] {
    return this.all("ServiceEntry").filter(({ spec }) =>
      spec.at("hosts").texts.some((pattern) => meansHost(pattern.toLowerCase(), host)),
    );
  }

  /** Labels of those that serve a host; undefined: the files do not say who does. */
  workloadsOf(host: string): Workloads | undefined {
    const inline = this.entriesOf(host).flatMap(({ spec }) => spec.at("endpoints").items);
    const own = this.spokenAt(host).flatMap(({ service }) => service.serviceEntry?.endpoints ?? []);
    if (inline.length + own.length > 0) {
      const labels = inline.map((endpoint) => endpoint.at("labels").labels ?? {});
      return { labels: [...labels, ...own.map(({ labels = {} }) => labels)], isAll: true };
    }
    const chosen = [
      ...this.servicesOf(host).map((it) => ({ ...it, selector: it.spec.at("selector").labels })),
      ...this.entriesOf(host).map((it) => ({
        ...it,
        selector: it.spec.at("workloadSelector", "labels").labels,
      })),
    ].flatMap(({ namespace, selector }) =>
      selector === null ? [] : this.labelsIn(namespace).filter((own) => hasLabels(own, selector)),
    );
    return chosen.length === 0 ? undefined : { labels: chosen, isAll: false };
  }

  /** Labels of all workloads of a namespace. */
  private labelsIn(namespace: string): Record<string, string>[] {
    return this.resources
      .filter((resource) => resource.namespace === namespace)
      .flatMap(({ document, kind, spec }) => {
        const path = podTemplates[kind];
        const root = new Field(document.value);
        const field = kind === "Pod" ? root.at("metadata", "labels") : spec.at(...(path ?? ["-"]));
        return field.labels === null ? [] : [field.labels];
      });
  }
}

export function hasLabels(own: Record<string, string>, wanted: Record<string, string>): boolean {
  return Object.entries(wanted).every(([name, value]) => own[name] === value);
}

function given({ number }: Field, protocol: PortProtocol): GivenPort[] {
  return number === undefined ? [] : [{ number, protocol }];
}

const groups = /^(v1|apps\/v1|(networking|security)\.istio\.io\/\w+)$/;

function toResource(document: SourceDocument): Resource | null {
  const root = new Field(document.value);
  const kind = root.at("kind").text;
  if (kind === undefined || !groups.test(root.at("apiVersion").text ?? "")) return null;
  return {
    ...{ document, kind, spec: root.at("spec") },
    name: root.at("metadata", "name").text ?? "",
    namespace: root.at("metadata", "namespace").text ?? "default",
  };
}
