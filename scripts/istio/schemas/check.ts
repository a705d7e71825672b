/** Holds resources against what a version of Istio and of its Envoy understand. */
import { isUnder, type Finding } from "../../protocol/problem.js";
import { list, nearest, show } from "../../protocol/wording.js";
import { checkBeyondSchema } from "./beyond-schema.js";
import { checkEnvoyFilter } from "./envoy-filter.js";
import { checkCore, isCore } from "./kubernetes.js";
import { isMap } from "../../protocol/maps.js";
import { checkMetadata } from "./metadata.js";
import { apiVersionsOf, checkSchema, firstVersionOf, resourceKinds } from "./resources.js";
import type { SchemaFinding } from "./schema-check.js";
import { istioVersions, type IstioVersion } from "./versions.js";

/** Is it of a kind that `checkResource` knows, or one of Istio's that it must refuse? */
export function canCheck(resource: object): boolean {
  const { apiVersion } = resource as { apiVersion?: unknown };
  return (typeof apiVersion === "string" && isOfIstio(apiVersion)) || isCore(resource);
}

function isOfIstio(apiVersion: string): boolean {
  return /^(networking|security|telemetry|extensions)\.istio\.io\//.test(apiVersion);
}

/**
 * What is wrong with a resource of Istio's, or with a Service or a Namespace, for this version of
 * Istio: all that the API server and Istio's webhook refuse as far as one resource shows it, and
 * all that Envoy would refuse in an EnvoyFilter, and unknown fields everywhere.
 * @returns nothing for what `canCheck` says no of
 */
export function checkResource(resource: object, version: IstioVersion): Finding[] {
  if (isCore(resource)) return [...checkMetadata(resource), ...checkCore(resource)];
  if (!canCheck(resource)) return [];
  const { kind, apiVersion, spec } = resource as Record<string, unknown>;
  const unknown = checkKind(kind, apiVersion, version);
  if (unknown !== undefined) return [unknown];
  const names = [String(kind), String(apiVersion)] as const;
  const found = checkMetadata(resource);
  const wrong = checkSchema(names, version, resource, docsOf(names[0]));
  for (const { isUnknown = false, ...finding } of wrong) {
    const since = isUnknown ? knownSince(finding, names, resource, version) : undefined;
    if (since !== undefined) finding.remedy = `It exists only since Istio ${since}: remove it.`;
    found.push(finding);
  }
  if (wrong.length > 0 || !isMap(spec)) return found;
  found.push(...checkBeyondSchema(names[0], spec));
  if (kind === "EnvoyFilter") found.push(...checkEnvoyFilter(spec, version));
  return found;
}

function checkKind(kind: unknown, apiVersion: unknown, version: IstioVersion): Finding | undefined {
  const kinds = resourceKinds();
  if (typeof kind !== "string" || !kinds.includes(kind)) {
    const near = typeof kind === "string" ? nearest(kind, kinds) : undefined;
    const known = kinds.filter((name) => apiVersionsOf(name, version).length > 0);
    const remedy =
      near === undefined ? `Istio ${version} has ${list(known)}.` : `Did you mean \`${near}\`?`;
    if (kind === undefined) return { path: [], message: "`kind` is missing", remedy };
    return { path: ["kind"], message: `is ${show(kind)}, which Istio does not know`, remedy };
  }
  const known = apiVersionsOf(kind, version);
  if (known.length === 0) {
    const since = firstVersionOf(kind) ?? "";
    const message = `is ${kind}, which exists only since Istio ${since}`;
    const instead = kind === "TrafficExtension" ? "Write a WasmPlugin instead, or check" : "Check";
    return {
      path: ["kind"],
      message,
      remedy: `${instead} for that version with --istio ${since}.`,
    };
  }
  if (known.includes(String(apiVersion))) return undefined;
  const message = `is ${show(apiVersion)}, in which Istio ${version} has no ${kind}`;
  return { path: ["apiVersion"], message, remedy: `Write one of ${list(known)}.` };
}

/** The first newer version that knows the field or the value. */
function knownSince(
  { path }: SchemaFinding,
  names: readonly [string, string],
  resource: object,
  version: IstioVersion,
): IstioVersion | undefined {
  return istioVersions.slice(istioVersions.indexOf(version) + 1).find((newer) => {
    const wrong = checkSchema(names, newer, resource, "");
    return !wrong.some((other) => isUnder(other.path, path));
  });
}

const pages: Record<string, string> = {
  WasmPlugin: "proxy_extensions/wasm-plugin",
  TrafficExtension: "proxy_extensions/traffic_extension",
  PeerAuthentication: "security/peer_authentication",
  RequestAuthentication: "security/request_authentication",
  AuthorizationPolicy: "security/authorization-policy",
  Telemetry: "telemetry",
};

/** Istio's reference of a kind. */
function docsOf(kind: string): string {
  const page = pages[kind] ?? `networking/${kind.replace(/(?<=.)[A-Z]/g, "-$&").toLowerCase()}`;
  return `https://istio.io/latest/docs/reference/config/${page}/`;
}
