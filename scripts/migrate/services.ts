/** Services and ServiceEntries: their ports become HTTP/2, as lanes are to Istio. */
import { isIP } from "node:net";
import type { Codec } from "./codecs.js";
import { isMap, type Field, type Fields } from "./field.js";
import type { Host, Port } from "./mesh.js";
import { http2Name, readPortName, type PortName } from "./ports.js";
import { metadataOf, type Resource } from "./resources.js";

/** How a protocol that Aeraki names is to be served; undefined: Argot has no codec for it yet. */
export type CodecLookup = (protocol: string) => Codec | undefined;

export interface MigratedService {
  hosts: Host[];
  /** undefined: nothing in it changes. */
  document?: object;
}

/** What a Service is called where routes name it, if they do. */
function hostOfService({ name, namespace }: Resource, named: ReadonlyMap<string, string>): string {
  return named.get(`${name}.${namespace}`) ?? `${name}.${namespace}.svc.cluster.local`;
}

/** undefined: no port of it is Aeraki's. */
export function migrateService(
  resource: Resource,
  lookup: CodecLookup,
  named: ReadonlyMap<string, string>,
): MigratedService | undefined {
  const spec = resource.root.at("spec");
  const read = migratePorts(spec, lookup, {
    number: "port",
    write: (port, name) => ({ ...port, name, appProtocol: "http2" }),
    mark: "appProtocol",
  });
  if (!read.isAerakis) return undefined;
  const clusterIPs = [spec.at("clusterIP").value, ...listOf(spec.at("clusterIPs").value)];
  return {
    hosts: [
      {
        host: hostOfService(resource, named),
        ...hostBase(resource, read, clusterIPs),
      },
    ],
    ...documentOf(resource, read),
  };
}

/** undefined: no port of it is Aeraki's. */
export function migrateServiceEntry(
  resource: Resource,
  lookup: CodecLookup,
): MigratedService | undefined {
  const spec = resource.root.at("spec");
  const renamed = new Map<string, string>();
  const read = migratePorts(spec, lookup, {
    number: "number",
    write: (port, name) => {
      renamed.set(String(port.name), name);
      return { ...port, name, protocol: "HTTP2" };
    },
    mark: "protocol",
  });
  if (!read.isAerakis) return undefined;
  resource.root
    .at("metadata", "annotations", "interface")
    .differently("unchanged", "Argot needs no such annotation; match `service` to route on it.");
  const hosts = spec.at("hosts").texts();
  spec
    .at("hosts")
    .maps("unchanged", hosts.length > 1 ? "Aeraki served the first one only." : undefined);
  const base = hostBase(resource, read, listOf(spec.at("addresses").value));
  const endpoints = migrateEndpoints(spec.at("endpoints"), renamed);
  return {
    // Each host counts the keys of its own routes.
    hosts: hosts.map((host) => ({
      host,
      ...base,
      ports: read.ports.map((port) => ({ ...port, keys: new Set<string>() })),
    })),
    ...documentOf(resource, read, endpoints && { endpoints }),
  };
}

/** How a kind writes its ports. */
interface PortForm {
  /** The field of a port's number. */
  number: string;
  /** The field that says HTTP/2 beside the name. */
  mark: string;
  write(port: Fields, name: string): Fields;
}

interface Ports {
  ports: Port[];
  /** The field as it is to be written. */
  written: unknown[];
  httpPorts: number[];
  /** Aeraki serves one of them. */
  isAerakis: boolean;
  unserved: string;
}

function migratePorts(spec: Field, lookup: CodecLookup, form: PortForm): Ports {
  const found: Ports = { ports: [], written: [], httpPorts: [], isAerakis: false, unserved: "" };
  const { ports, written, httpPorts } = found;
  const taken = spec
    .at("ports")
    .items()
    .map((port) => port.at("name").value as string);
  for (const port of spec.at("ports").items()) {
    const name = port.at("name").isSet ? (port.at("name").text() ?? "") : "";
    const number = port.at(form.number).number() ?? 0;
    const read = readPortName(name);
    if (read === undefined) {
      if (isHttp(name, port.at(form.mark).value)) httpPorts.push(number);
      written.push(port.value);
      continue;
    }
    found.isAerakis = true;
    const codec = lookup(read.protocol);
    if (codec === undefined) {
      found.unserved = `stays TCP: ${withoutCodec(read)}`;
      port.none(`It ${found.unserved}`);
      written.push(port.value);
      continue;
    }
    const newName = http2Name(read, number, taken);
    taken.push(newName);
    port
      .at("name")
      .maps(newName, "Whatever else names this port (WorkloadEntry, monitoring) follows.");
    port.at(form.mark).maps(form.mark === "protocol" ? "HTTP2" : "http2");
    ports.push({
      ...{ number, name: read, codec, keys: new Set<string>() },
      targetPort: targetPortOf(port.at("targetPort"), number),
    });
    written.push(form.write(port.value as Fields, newName));
  }
  return found;
}

function targetPortOf(field: Field, number: number): number | undefined {
  if (!field.isSet) return number;
  if (typeof field.value === "number") return field.value;
  field.differently(
    "unchanged",
    "Write its number as the service's `targetPort` in the ApplicationProtocol.",
  );
  return undefined;
}

/** What to do about a port that Argot does not serve. */
export function withoutCodec({ protocol, isNative }: PortName): string {
  if (protocol === "redis") {
    return "write an ApplicationProtocol with `protocol: redis` for an Envoy of its own, or let clients shard.";
  }
  if (isNative) return `Istio passes ${protocol} on as TCP; Argot has nothing to add.`;
  return (
    `Argot has no codec for ${protocol}. Describe it (\`argot new ${protocol}\`), ` +
    `and migrate again with \`--protocol ${protocol}=./${protocol}.yaml\`.`
  );
}

function isHttp(name: string, mark: unknown): boolean {
  const said = typeof mark === "string" && !/^tcp$/i.test(mark) ? mark : name;
  return /^(http2?|grpc(-web)?|kubernetes\.io\/h2c)(-|$)/i.test(said);
}

/** What is written for a service; of one that stays as it is, nothing. */
function documentOf(resource: Resource, { ports, written }: Ports, more: object = {}) {
  const document = rewrite(resource, { ports: written, ...more });
  return ports.length > 0 ? { document } : {};
}

function hostBase({ namespace }: Resource, read: Ports, ips: unknown[]) {
  const { ports, httpPorts, unserved } = read;
  const addresses = ips.filter((ip): ip is string => typeof ip === "string" && isIP(ip) !== 0);
  return {
    addresses: [...new Set(addresses)],
    ...{ namespace, ports, httpPorts, unserved, hasGateway: false },
  };
}

/** Endpoints name ports, too. */
function migrateEndpoints(endpoints: Field, renamed: Map<string, string>): unknown[] | undefined {
  if (!endpoints.isSet) return undefined;
  return endpoints.items().map((endpoint) => {
    const ports = endpoint.at("ports");
    if (!isMap(endpoint.value) || !ports.isSet) return endpoint.value;
    const entries = ports.members().map(([name, port]): [string, unknown] => {
      const newName = renamed.get(name) ?? name;
      port.maps(newName === name ? "unchanged" : `ports.${newName}`);
      return [newName, port.value];
    });
    return { ...endpoint.value, ports: Object.fromEntries(entries) };
  });
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The resource with other fields in its spec; all that was not spoken of is unchanged. */
export function rewrite(resource: Resource, changes: object): object {
  const { apiVersion, kind, spec } = resource.root.value as Fields;
  const metadata = metadataOf(resource);
  for (const field of resource.root.at("spec").unmentioned()) field.maps("unchanged");
  return { apiVersion, kind, metadata, spec: { ...(spec as Fields), ...changes } };
}
