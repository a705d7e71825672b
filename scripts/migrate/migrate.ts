/** From Aeraki's resources to Argot's and Istio's, with a report of every field. */
import { applicationProtocols } from "./application-protocol.js";
import { migratePolicy } from "./authorization.js";
import { readCodecs } from "./codec-documents.js";
import { migrateDestinationRule } from "./destination-rule.js";
import { Mesh } from "./mesh.js";
import { migrateGateway, noteRedis, noteWorkload } from "./others.js";
import { toReport, type Report } from "./report.js";
import type { Files, Resource } from "./resources.js";
import { migrateRouter } from "./router.js";
import { migrateService, migrateServiceEntry, type MigratedService } from "./services.js";
import { migrateVirtualService } from "./virtual-service.js";
import { compare } from "./order.js";

/** What is made, by when it is applied. */
export interface Made {
  /** ApplicationProtocols, for `argot manifest`. */
  argot: object[];
  /** Routes and policies. */
  routes: object[];
  /** Services, whose ports become HTTP/2. */
  services: object[];
}

export const parts = ["argot", "routes", "services"] as const satisfies (keyof Made)[];

export interface Migration {
  report: Report;
  /** Of no use while the report has problems. */
  made: Made;
}

/** What is done with one kind of resource; the result says whether it is of any concern. */
interface Step {
  group: string;
  kind: string;
  take: (resource: Resource) => boolean;
}

/**
 * Equal files give equal results, whatever the order of their resources.
 * @param own protocols of Aeraki's by what Argot calls them: a name, or the file of a description
 */
export function migrate(files: Files, own: Readonly<Record<string, string>> = {}): Migration {
  const resources = [...files.resources].sort(byPlace);
  const made: Made = { argot: [], routes: [], services: [] };
  const mesh = new Mesh();
  const codecs = readCodecs(resources, own);
  const named = hostsNamed(resources);
  const put = (list: object[], document: object | undefined) => {
    if (document !== undefined) list.push(document);
    return document !== undefined;
  };
  const putService = (service: MigratedService | undefined) => {
    for (const host of service?.hosts ?? []) mesh.add(host);
    return put(made.services, service?.document);
  };
  // What later steps need to know comes first: ports, then the keys that routes use.
  const steps: Step[] = [
    {
      ...{ group: META, kind: "ApplicationProtocol" },
      take: () => true, // `readCodecs` has read it
    },
    {
      ...{ group: "", kind: "Service" },
      take: (one) => putService(migrateService(one, codecs, named)),
    },
    {
      ...{ group: NETWORKING, kind: "ServiceEntry" },
      take: (one) => putService(migrateServiceEntry(one, codecs)),
    },
    {
      ...{ group: META, kind: "MetaRouter" },
      take: (one) => put(made.routes, migrateRouter(one, mesh)) || true,
    },
    {
      ...{ group: NETWORKING, kind: "VirtualService" },
      take: (one) => put(made.routes, migrateVirtualService(one, mesh)),
    },
    {
      ...{ group: NETWORKING, kind: "DestinationRule" },
      take: (one) => put(made.routes, migrateDestinationRule(one, mesh)),
    },
    {
      ...{ group: "dubbo.aeraki.io", kind: "DubboAuthorizationPolicy" },
      take: (one) => put(made.routes, migratePolicy(one, mesh)) || true,
    },
    {
      ...{ group: NETWORKING, kind: "Gateway" },
      take: (one) => put(made.services, migrateGateway(one, mesh)),
    },
    { group: REDIS, kind: "RedisService", take: noteRedis },
    { group: REDIS, kind: "RedisDestination", take: noteRedis },
  ];
  const concerned = new Set<Resource>();
  for (const { group, kind, take } of steps) {
    for (const resource of resources) {
      if (resource.kind !== kind || resource.group !== group) continue;
      if (take(resource)) concerned.add(resource);
    }
  }
  for (const resource of resources) {
    if (!concerned.has(resource) && noteWorkload(resource)) concerned.add(resource);
  }
  made.argot = applicationProtocols(mesh);
  made.routes.sort(byName);
  made.services.sort(byName);
  const report = toReport(files, resources, concerned);
  return { report, made };
}

const META = "metaprotocol.aeraki.io";
const NETWORKING = "networking.istio.io";
const REDIS = "redis.aeraki.io";

/** The hosts that routes and rules name, by `name.namespace`: they show the cluster's domain. */
function hostsNamed(resources: readonly Resource[]): Map<string, string> {
  const hosts = resources.flatMap(({ root }) => {
    const hosts: unknown = root.at("spec", "hosts").value;
    const names = [
      root.at("spec", "host").value,
      ...(Array.isArray(hosts) ? (hosts as unknown[]) : []),
    ];
    return names.filter((name) => typeof name === "string");
  });
  const ofServices = hosts.filter((host) => host.split(".")[2] === "svc");
  return new Map(ofServices.map((host) => [host.split(".", 2).join("."), host]));
}

function byPlace(a: Resource, b: Resource): number {
  return compare(sortKey(a), sortKey(b));
}

function sortKey({ kind, namespace, name }: Resource): string {
  return [kind, namespace, name].join("/");
}

function byName(a: object, b: object): number {
  return compare(keyOf(a), keyOf(b));
}

function keyOf(document: object): string {
  const { kind, metadata } = document as {
    kind: string;
    metadata: { namespace?: string; name: string };
  };
  return [kind, metadata.namespace ?? "", metadata.name].join("/");
}
