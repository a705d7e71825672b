/** What is no route and no policy, but has to change or to go with Aeraki. */
import type { Host, Mesh } from "./mesh.js";
import { http2Name, readPortName } from "./ports.js";
import type { Resource } from "./resources.js";
import { rewrite } from "./services.js";
import { isMap } from "./field.js";

/** A Gateway's ports of Aeraki become HTTP/2; undefined: it has none. */
export function migrateGateway(resource: Resource, mesh: Mesh): object | undefined {
  const servers = resource.root.at("spec", "servers");
  let ours = 0;
  const written = servers.items().map((server) => {
    const port = server.at("port");
    const name = port.at("name").isSet ? (port.at("name").text() ?? "") : "";
    const read = readPortName(name);
    const number = port.at("number").number() ?? 0;
    const served = mesh.hosts.flatMap((host) => (hasPort(host, number) ? host : []));
    if (read === undefined || served.length === 0 || !isMap(server.value)) return server.value;
    ours++;
    for (const host of served) host.hasGateway = true;
    const newName = http2Name(read, number, []);
    port.at("name").maps(newName);
    port.at("protocol").maps("HTTP2");
    return {
      ...server.value,
      port: { ...(port.value as object), name: newName, protocol: "HTTP2" },
    };
  });
  return ours > 0 ? rewrite(resource, { servers: written }) : undefined;
}

function hasPort({ ports }: Host, number: number): boolean {
  return ports.some((port) => port.number === number);
}

const ANNOTATIONS: Record<string, RegExp> = {
  "sidecar.istio.io/proxyImage": /meta-protocol-proxy/,
  "sidecar.istio.io/bootstrapOverride": /^aeraki-/,
};

/** Notes what workloads have to lose; does it have anything of Aeraki? */
export function noteWorkload({ root, kind, name }: Resource): boolean {
  let isAerakis = false;
  for (const metadata of [root.at("metadata"), root.at("spec", "template", "metadata")]) {
    for (const [annotation, pattern] of Object.entries(ANNOTATIONS)) {
      const field = metadata.at("annotations", annotation);
      if (typeof field.value !== "string" || !pattern.test(field.value)) continue;
      field.none("Remove it: Istio's own proxy is all that is needed. Its pods restart once.");
      isAerakis = true;
    }
  }
  if (kind === "EnvoyFilter" && name.startsWith("aeraki-")) {
    root.at("spec").none("Aeraki made it: delete it once Aeraki is gone.");
    isAerakis = true;
  }
  return isAerakis;
}

const REDIS: Record<string, string> = {
  RedisService:
    "Argot makes nothing of it in Istio. Routes by prefix, hashing over servers and a password: an " +
    "ApplicationProtocol with `protocol: redis` for an Envoy of its own (`argot envoy`). Mirrors, " +
    "faults and read policies: an EnvoyFilter with Envoy's redis_proxy, as Aeraki makes it.",
  RedisDestination:
    "Argot makes nothing of it in Istio: `connectionPool.tcp` belongs into a DestinationRule, a " +
    "password into `redis.passwordFile` of an ApplicationProtocol; a Redis Cluster needs Envoy's " +
    "redis cluster in an EnvoyFilter.",
};

/** Redis is served by Envoy's own filter, with Aeraki as without it. */
export function noteRedis({ root, kind }: Resource): boolean {
  for (const [, field] of root.at("spec").members()) field.none(REDIS[kind] ?? "");
  return true;
}
