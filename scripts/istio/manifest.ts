/** All that an unmodified Istio needs for the protocols of some files. */
import type { ApplicationProtocol, Image, Model, Phase, Service } from "../protocol/model.js";
import type { Problem } from "../protocol/problem.js";
import { hasCodec, titleOf } from "../protocol/protocols.js";
import type { SourceDocument } from "../protocol/source.js";
import { listenersAhead, routesAhead } from "./emit/ahead.js";
import { gatewayFilters, outboundChains } from "./emit/chain.js";
import { inboundClusters, outboundClusters, type ClusterOf } from "./emit/clusters.js";
import { earlyData } from "./emit/connection.js";
import { inboundManagers, outboundManagers } from "./emit/connection-manager.js";
import { ALL, defaultRoutes } from "./emit/default-routes.js";
import { envoyFilters, type Context } from "./emit/patches.js";
import {
  filterResources,
  hasOwnListeners,
  hasServers,
  servedPorts,
  sidesOf,
  type Delivery,
} from "./emit/plugin.js";
import { serviceEntries } from "./emit/service-entries.js";
import { clientSidecars } from "./emit/sidecars.js";
import { weightedRoutes } from "./emit/weights.js";
import { fullHost } from "./hosts.js";
import { sorted, temporary, type Resource } from "./resource.js";
import { given, rulesOf, type Given, type Rule, type VirtualService } from "./routes.js";
import { defaultIstioVersion, type IstioVersion } from "./schemas/versions.js";
import { portsToSwitch, switchedServices } from "./services.js";

export interface ManifestOptions {
  /** Overrides the documents' own. */
  image?: Image;
  phase?: Phase;
  /** Default: `defaultIstioVersion`. */
  istio?: IstioVersion;
  /** TrafficExtension instead of WasmPlugin. */
  trafficExtension?: boolean;
}

export interface Manifest {
  resources: Resource[];
  /** What keeps it from working, with the place in the user's file. */
  problems: Problem[];
  /** What is left for the user to do. */
  notes: string[];
}

/**
 * @param documents all of the user's, from which VirtualServices, DestinationRules and Services
 *   are read
 */
export function manifestOf(
  model: Model,
  documents: readonly SourceDocument[],
  options: ManifestOptions = {},
): Manifest {
  const manifest: Manifest = { resources: [], problems: [], notes: [] };
  const routes = given<VirtualService>(documents, "VirtualService");
  for (const protocol of model) {
    const image = options.image ?? protocol.image;
    if (image === undefined) {
      manifest.notes.push(`${protocol.name}: no image; write \`spec.image.url\`, or pass --image`);
      continue;
    }
    if (!hasCodec(protocol.protocol)) {
      manifest.notes.push(
        `${protocol.name}: ${titleOf(protocol.protocol)} needs no filter of Argot's: ${nativeRemedy(protocol)}`,
      );
      continue;
    }
    add(manifest, new Emission(protocol, image, documents, routes, options).emit());
  }
  manifest.resources = sorted(manifest.resources);
  return manifest;
}

function add(to: Manifest, { resources, problems, notes }: Manifest): void {
  to.resources.push(...resources);
  to.problems.push(...problems);
  to.notes.push(...notes);
}

function nativeRemedy({ protocol }: ApplicationProtocol): string {
  return protocol === "redis"
    ? "istiod has Envoy's redis_proxy (PILOT_ENABLE_REDIS_FILTER, a port named redis-…)"
    : "a port named tcp-… is all that it takes";
}

/** What is made of one document. */
class Emission {
  private readonly phase: Phase;
  private readonly delivery: Delivery;
  private readonly problems: Problem[] = [];
  private readonly notes: string[] = [];
  private readonly isIntercepted: boolean;
  private readonly hasOwnListeners: boolean;
  /** Those whose clusters and routes concern clients' lanes. */
  private readonly contexts: Context[];
  /** The users' rules by full host. */
  private readonly rules = new Map<string, { source: Given<VirtualService>; rules: Rule[] }[]>();

  constructor(
    private readonly protocol: ApplicationProtocol,
    private readonly image: Image,
    private readonly documents: readonly SourceDocument[],
    routes: readonly Given<VirtualService>[],
    options: ManifestOptions,
  ) {
    const { istio = {} } = protocol;
    this.phase = options.phase ?? istio.phase ?? "clean";
    this.delivery = {
      istio: options.istio ?? defaultIstioVersion,
      trafficExtension: options.trafficExtension === true,
    };
    this.isIntercepted = istio.interception !== "NONE";
    this.hasOwnListeners = hasOwnListeners(protocol);
    this.contexts = [
      ...(sidesOf(protocol).includes("client") ? ["SIDECAR_OUTBOUND" as const] : []),
      ...(istio.gateway === true ? ["GATEWAY" as const] : []),
    ];
    for (const source of routes) {
      const rules = rulesOf(source);
      for (const host of source.spec.hosts ?? []) {
        const full = fullHost(host, source.metadata.namespace);
        this.rules.set(full, [...(this.rules.get(full) ?? []), { source, rules }]);
      }
    }
  }

  emit(): Manifest {
    const { protocol, image, phase } = this;
    const resources = [
      ...filterResources(protocol, image, this.delivery),
      ...serviceEntries(protocol, phase),
      ...(protocol.mode === "lanes" ? this.lanes() : this.connections()),
    ];
    return { resources, problems: this.problems, notes: this.notes };
  }

  private connections(): Resource[] {
    return envoyFilters(this.protocol, "early-data", earlyData(this.protocol));
  }

  private lanes(): Resource[] {
    const { protocol, phase, contexts } = this;
    const { services, istio = {} } = protocol;
    const sides = sidesOf(protocol);
    const ports = services.map(({ port }) => port);
    const servesLanes = sides.includes("server") && hasServers(protocol);
    const callsLanes = sides.includes("client");
    const switched = phase === "prepare" ? [] : switchedServices(protocol, this.documents);
    if (phase !== "prepare") this.notes.push(...portsToSwitch(protocol, this.documents));
    return [
      ...switched,
      ...(phase === "clean" ? [] : this.ahead().map(temporary)),
      ...envoyFilters(protocol, "clusters", [
        ...outboundClusters(this.clusters(), contexts),
        ...(servesLanes ? inboundClusters(protocol) : []),
      ]),
      ...envoyFilters(protocol, "listeners", [
        ...(servesLanes ? inboundManagers(servedPorts(protocol)) : []),
        ...(callsLanes && this.hasOwnListeners ? outboundManagers(ports, "SIDECAR_OUTBOUND") : []),
        ...(istio.gateway === true ? outboundManagers(ports, "GATEWAY") : []),
        ...(istio.gateway === true && !this.hasOwnListeners
          ? gatewayFilters(protocol, this.delivery)
          : []),
        ...(callsLanes && !this.hasOwnListeners ? outboundChains(protocol, this.delivery) : []),
      ]),
      ...envoyFilters(
        protocol,
        "weights",
        services.flatMap(({ host, port }) =>
          weightedRoutes(host, port, this.rulesFor(host), contexts),
        ),
      ),
      ...(this.isIntercepted && this.hasOwnListeners ? clientSidecars(protocol, phase) : []),
    ];
  }

  /** What is there before Istio takes the port for HTTP2, and after: nothing is lost meanwhile. */
  private ahead(): Resource[] {
    const { protocol, hasOwnListeners } = this;
    const { services } = protocol;
    const routes = services.flatMap((service) => this.routesOf(service));
    if (!this.contexts.includes("SIDECAR_OUTBOUND")) return routes;
    const clusterOf = ({ host, port }: Service): ClusterOf | undefined => {
      const rules = this.rulesFor(host);
      if (rules.length === 0) return { host, port, subset: ALL };
      const last = rules.flatMap(({ targets }) => targets).findLast(({ subset }) => subset);
      return last && { port, ...last };
    };
    return [
      ...routes,
      ...envoyFilters(protocol, "ahead", routesAhead(protocol, clusterOf)),
      ...(hasOwnListeners ? [] : listenersAhead(protocol)),
    ];
  }

  private rulesFor(host: string): Rule[] {
    return (this.rules.get(host) ?? []).flatMap(({ rules }) => rules);
  }

  /** Before the end of a rollout: a service without routes of the user's gets its own. */
  private routesOf(service: Service): Resource[] {
    return this.rules.has(service.host) ? [] : defaultRoutes(this.protocol, service);
  }

  /**
   * The clusters that lanes go to: a service's port with all of its subsets once no TCP listener
   * goes there any more; until then the subsets that routes name.
   */
  private clusters(): ClusterOf[] {
    const found = new Map<string, ClusterOf>();
    const take = (cluster: ClusterOf) =>
      found.set(`${cluster.host}:${cluster.port}:${cluster.subset ?? ""}`, cluster);
    for (const { host, port } of this.protocol.services) {
      const routes = this.rules.get(host) ?? [];
      if (this.phase === "clean") take({ host, port });
      else if (routes.length === 0) take({ host, port, subset: ALL });
      for (const { source, rules } of routes) {
        for (const target of rules.flatMap(({ targets }) => targets)) {
          const cluster = { host: target.host, port: target.port ?? port };
          if (this.phase === "clean") take(cluster);
          else if (target.subset !== undefined) take({ ...cluster, subset: target.subset });
          else this.problems.push(source.document.place(noSubset(target.path, host)));
        }
      }
    }
    return [...found.values()];
  }
}

function noSubset(path: readonly (string | number)[], host: string) {
  return {
    path,
    message: `names no subset, and the port of ${host} may still be TCP in this phase`,
    remedy:
      "Name a subset of a DestinationRule (one without labels has all servers): lanes need " +
      "clusters that no TCP connection uses. Phase `clean` does without.",
  };
}
