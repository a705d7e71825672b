/** DestinationRules stay, but for the attribute that requests are hashed by. */
import { headerOf } from "../protocol/headers.js";
import { keyOf } from "./codecs.js";
import { isMap, type Field, type Fields } from "./field.js";
import type { Host, Mesh } from "./mesh.js";
import type { Resource } from "./resources.js";
import { rewrite } from "./services.js";

/** undefined: it is for a service that is none of Aeraki's. */
export function migrateDestinationRule(resource: Resource, mesh: Mesh): object | undefined {
  const spec = resource.root.at("spec");
  const name = spec.at("host").text() ?? "";
  const host = mesh.find(name) ?? mesh.find(`${name}.${resource.namespace}.svc.cluster.local`);
  if (host === undefined) return undefined;
  const policies = [spec, ...spec.at("subsets").items()].map((each) => each.at("trafficPolicy"));
  const changed = new Map(policies.map((policy) => [policy.path, migratePolicy(policy, host)]));
  const policyAt = (field: Field) => {
    const written = [...changed].find(([path]) => path.join() === field.path.join())?.[1];
    return written === undefined ? {} : { trafficPolicy: written };
  };
  const subsets = spec.at("subsets");
  return rewrite(resource, {
    ...policyAt(spec.at("trafficPolicy")),
    ...(subsets.isSet && {
      subsets: subsets.items().map((subset) => ({
        ...(subset.value as Fields),
        ...policyAt(subset.at("trafficPolicy")),
      })),
    }),
  });
}

function migratePolicy(policy: Field, host: Host): Fields | undefined {
  if (!isMap(policy.value)) return undefined;
  const written = settings(policy, host);
  const levels = policy.at("portLevelSettings");
  return {
    ...written,
    ...(levels.isSet && {
      portLevelSettings: levels.items().map((level) => settings(level, host)),
    }),
  };
}

/** A policy, or that of one port. */
function settings(policy: Field, host: Host): Fields {
  policy
    .at("connectionPool", "http")
    .differently("unchanged", "Takes effect now: a lane is what it counts as a request.");
  policy
    .at("outlierDetection")
    .differently("unchanged", "Lanes that fail count as errors; error replies of servers do not.");
  const hash = policy.at("loadBalancer", "consistentHash");
  const attribute = hash.at("httpHeaderName");
  const written = { ...(policy.value as Fields) };
  const header = headerFor(attribute, host);
  if (header !== undefined && isMap(written.loadBalancer)) {
    const consistentHash = { ...(hash.value as Fields), httpHeaderName: header };
    written.loadBalancer = { ...written.loadBalancer, consistentHash };
  }
  return written;
}

/** The header of the attribute, which the host's ports have to route on. */
function headerFor(attribute: Field, host: Host): string | undefined {
  const [port] = host.ports;
  const name = attribute.text();
  if (name === undefined || port === undefined || port.name.isNative) return undefined;
  const key = keyOf(port.codec, name);
  if ("lost" in key) {
    attribute.none(`Nothing to hash by: ${key.lost}.`);
    return undefined;
  }
  for (const { keys } of host.ports) keys.add(key.key);
  const header = headerOf(key.key);
  attribute.differently(
    header,
    "Lanes are hashed, each with requests of one value. Subsets follow the rule's own policy; Aeraki minds that of the subset only.",
  );
  return header;
}
