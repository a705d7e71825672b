/** An `ApplicationProtocol` document as the rest of the program sees it: checked, defaults set. */
import type { Description } from "../declared/model.js";
import { modesOf, type ProtocolName } from "./protocols.js";

/** `native`: Envoy's own filter for the protocol routes every request. */
export type Mode = "lanes" | "connection" | "native";

/** A condition on one key; exactly one of exact, prefix, regex and present is set. */
export interface Match {
  key: string;
  exact?: string;
  prefix?: string;
  regex?: string;
  present?: boolean;
  invert?: boolean;
}

export interface Target {
  subset: string;
  /** Share among the targets of a route; 0: none. */
  weight: number;
}

export interface Refusal {
  /** What happened, as an HTTP status. */
  status: number;
  message: string;
}

/** A route either sends `to` subsets or refuses. */
export interface Route {
  name: string;
  match: Match[];
  to: Target[];
  refuse?: Refusal;
}

export interface Subset {
  name: string;
  /** Each `ip:port`, `[ipv6]:port` or `hostname:port`. */
  endpoints: string[];
}

/** An endpoint of a ServiceEntry. */
export interface Server {
  address: string;
  port?: number;
  labels?: Record<string, string>;
  serviceAccount?: string;
}

/** A service that Kubernetes does not know. */
export interface Entry {
  namespace?: string;
  location?: "MESH_EXTERNAL" | "MESH_INTERNAL";
  resolution?: "STATIC" | "DNS";
  endpoints?: Server[];
}

export interface Service {
  host: string;
  port: number;
  /** Of the servers, for Istio. */
  targetPort?: number;
  /** Its own IP addresses, for Istio. */
  addresses?: string[];
  serviceEntry?: Entry;
  subsets: Subset[];
  routes: Route[];
}

export interface LaneLimits {
  spread?: number;
  maxRequests?: number;
  maxAgeSeconds?: number;
  idleSeconds?: number;
  maxLanes?: number;
  maxInFlight?: number;
  maxBufferedBytes?: number;
  maxWorkerBytes?: number;
}

/** Changes to the attachments of every request. */
export interface AttachmentEdits {
  set?: Record<string, string>;
  remove?: string[];
}

/** What Envoy's redis_proxy is told. */
export interface RedisOptions {
  resp?: 2 | 3;
  timeoutSeconds?: number;
  passwordFile?: string;
}

/** Where Istio's sidecars get the module from. */
export interface Image {
  url: string;
  sha256?: string;
  pullPolicy?: "IfNotPresent" | "Always";
  pullSecret?: string;
}

export type Phase = "prepare" | "switch" | "clean";

/** How Istio's sidecars are set up. */
export interface IstioOptions {
  rootNamespace?: string;
  interception?: "REDIRECT" | "TPROXY" | "NONE";
  outbound?: "chain" | "sidecar";
  clients?: string[];
  sides?: ("client" | "server")[];
  gateway?: boolean;
  phase?: Phase;
}

export interface ApplicationProtocol {
  name: string;
  protocol: ProtocolName | Description;
  mode: Mode;
  revision?: string;
  routeOn: string[];
  lanes?: LaneLimits;
  maxFrameBytes?: number;
  maxMetadataBytes?: number;
  maxConnections?: number;
  attachments?: AttachmentEdits;
  redis?: RedisOptions;
  image?: Image;
  istio?: IstioOptions;
  /** IP address on which Envoy listens, for local use. */
  address: string;
  services: Service[];
}

/** All documents of one file. */
export type Model = ApplicationProtocol[];

export const DEFAULT_ROUTE_ON = ["service", "method"];
export const DEFAULT_ADDRESS = "127.0.0.1";

/** The document before defaults are set, as the JSON Schema describes it. */
export interface RawDocument {
  metadata: { name: string };
  spec: Omit<Partial<ApplicationProtocol>, "services" | "name"> & {
    protocol: ProtocolName | Description;
    services: RawService[];
  };
}
export interface RawService extends Pick<Service, "targetPort" | "addresses" | "serviceEntry"> {
  host: string;
  port: number;
  subsets?: { name: string; endpoints?: string[] }[];
  routes?: RawRoute[];
}
export interface RawRoute {
  name?: string;
  match?: Match[];
  to?: { subset: string; weight?: number }[];
  refuse?: Partial<Refusal>;
}

/** Sets the defaults of a document that the schema accepts. */
export function toProtocol({ metadata, spec }: RawDocument): ApplicationProtocol {
  return {
    ...spec,
    name: metadata.name,
    mode: modeOf(spec),
    routeOn: spec.routeOn ?? DEFAULT_ROUTE_ON,
    address: spec.address ?? DEFAULT_ADDRESS,
    services: spec.services.map(toService),
  };
}

/** The mode that a document says, or its protocol's default. */
export function modeOf({ mode, protocol }: RawDocument["spec"]): Mode {
  return mode ?? modesOf(protocol)[0];
}

function toService(raw: RawService): Service {
  const subsets = (raw.subsets ?? []).map(({ name, endpoints = [] }) => ({ name, endpoints }));
  const even: Route = {
    name: "default",
    match: [],
    to: subsets.map(({ name }) => ({ subset: name, weight: 1 })),
  };
  const routes = raw.routes?.map(toRoute) ?? [even];
  return { ...raw, subsets, routes };
}

function toRoute(raw: RawRoute, index: number): Route {
  return {
    name: raw.name ?? `route-${index}`,
    match: raw.match ?? [],
    to: (raw.to ?? []).map(({ subset, weight = 1 }) => ({ subset, weight })),
    ...(raw.refuse && {
      refuse: { status: raw.refuse.status ?? 403, message: raw.refuse.message ?? "refused" },
    }),
  };
}
