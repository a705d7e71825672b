/** What the user's VirtualServices, DestinationRules and Services say, as far as it is needed. */
import type { SourceDocument } from "../protocol/source.js";
import type { Path } from "../protocol/problem.js";
import { fullHost } from "./hosts.js";

interface Destination {
  host: string;
  subset?: string;
  port?: { number?: number };
}

interface HttpRoute {
  name?: string;
  match?: { name?: string }[];
  route?: { destination: Destination; weight?: number }[];
  mirror?: Destination;
  mirrors?: { destination: Destination }[];
}

/** A document of one kind with what it says; `spec` is as its schema has it. */
export interface Given<T> {
  document: SourceDocument;
  metadata: { name: string; namespace: string };
  spec: T;
}

export interface VirtualService {
  hosts?: string[];
  gateways?: string[];
  http?: HttpRoute[];
}

export interface ServiceSpec {
  ports?: { name?: string; port: number; appProtocol?: string }[];
}

/** The documents of one kind; a resource without a namespace is in `default`, as kubectl has it. */
export function given<T>(documents: readonly SourceDocument[], kind: string): Given<T>[] {
  return documents.flatMap((document) => {
    const value = document.value as {
      kind?: unknown;
      metadata?: { name?: string; namespace?: string };
      spec?: T;
    };
    if (value.kind !== kind || value.spec === undefined) return [];
    const { name = "", namespace = "default" } = value.metadata ?? {};
    return [{ document, metadata: { name, namespace }, spec: value.spec }];
  });
}

/** A place to which a rule sends lanes. */
export interface Target {
  host: string;
  subset?: string;
  port?: number;
  /** Where the rule says so. */
  path: Path;
}

/** A rule of a VirtualService: where it sends lanes, in which parts. */
export interface Rule {
  /** Names of Envoy's routes that istiod makes of it; none: it has no name. */
  names: string[];
  targets: Target[];
  /** Weights of those targets that have any, in order. */
  weights: number[];
  path: Path;
}

export function rulesOf({ spec, metadata }: Given<VirtualService>): Rule[] {
  return (spec.http ?? []).map(({ name, match = [], route = [], mirror, mirrors = [] }, i) => {
    const at: Path = ["spec", "http", i];
    const toTarget = ({ host, subset, port }: Destination, path: Path): Target => ({
      host: fullHost(host, metadata.namespace),
      ...(subset !== undefined && { subset }),
      ...(port?.number !== undefined && { port: port.number }),
      path,
    });
    return {
      names: namesOf(name, match),
      targets: [
        ...route.map(({ destination }, j) =>
          toTarget(destination, [...at, "route", j, "destination"]),
        ),
        ...(mirror === undefined ? [] : [toTarget(mirror, [...at, "mirror"])]),
        ...mirrors.map(({ destination }, j) =>
          toTarget(destination, [...at, "mirrors", j, "destination"]),
        ),
      ],
      weights: route.map(({ weight = 0 }) => weight).filter((weight) => weight > 0),
      path: at,
    };
  });
}

/** istiod makes a route of each match, named after the rule and, if it has one, the match. */
function namesOf(name: string | undefined, matches: readonly { name?: string }[]): string[] {
  if (name === undefined || name === "") return [];
  const names = matches.map((match) => (match.name ? `${name}.${match.name}` : name));
  return [...new Set(names.length > 0 ? names : [name])];
}
