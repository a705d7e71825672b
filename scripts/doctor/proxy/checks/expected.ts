/** Does the proxy have what the user's ApplicationProtocols say? */
import { isDeepStrictEqual } from "node:util";
import { configurationsOf } from "../../../istio/emit/plugin.js";
import { plain } from "../../../protocol/emit/notes.js";
import type { ApplicationProtocol, Model, Service } from "../../../protocol/model.js";
import { hasCodec } from "../../../protocol/protocols.js";
import { show } from "../../../protocol/wording.js";
import type { ProxyFinding } from "../finding.js";
import { pluginName } from "../plugins.js";
import type { Chain, Proxy } from "../proxy.js";

export function checkExpected(proxy: Proxy, model: Model): ProxyFinding[] {
  return model
    .filter(({ protocol }) => hasCodec(protocol))
    .flatMap((protocol) => [
      ...differences(protocol, proxy),
      ...protocol.services.flatMap((service) => missingFilter(protocol, service, proxy)),
    ]);
}

function missingFilter(
  { name, istio = {} }: ApplicationProtocol,
  { host, port, targetPort = port }: Service,
  { chains, waiting }: Proxy,
): ProxyFinding[] {
  const { sides = ["client", "server"], gateway = false } = istio;
  const all = [...chains, ...waiting];
  const isInbound = ({ match }: Chain) => match.destination_port !== undefined;
  const inbound = all.filter((chain) => isInbound(chain) && chain.port === targetPort);
  const outbound = all.filter((chain) => !isInbound(chain) && chain.port === port);
  const found: ProxyFinding[] = [];
  if (sides.includes("client") || gateway) {
    found.push(...(outbound.length === 0 ? [unknownService(host, port)] : lacks(outbound, name)));
  }
  // Most proxies are none of the service's servers.
  if (sides.includes("server") && inbound.length > 0) found.push(...lacks(inbound, name));
  return found;
}

function lacks(chains: readonly Chain[], name: string): ProxyFinding[] {
  const has = ({ plugins }: Chain) => plugins.some((plugin) => pluginName(plugin) === name);
  // Said already: the filter is there, but what configures it never came.
  const waits = ({ plugins, filters }: Chain) =>
    plugins.length === 0 && filters.some(({ config_discovery }) => config_discovery !== undefined);
  if (chains.some((chain) => has(chain) || waits(chain))) return [];
  return [
    {
      check: "no-filter",
      state: "wrong",
      where: chains[0]?.where ?? "",
      evidence: `${chains.length} filter chains of the port, none with the filter \`${name}\``,
      reason: "Bytes of the protocol pass unrouted.",
      remedy:
        "Apply what `argot manifest` makes of the file; see that the WasmPlugin selects this proxy and that its `match.ports` are the service's.",
    },
  ];
}

function unknownService(host: string, port: number): ProxyFinding {
  return {
    check: "no-listener",
    state: "wrong",
    where: `port ${port} of ${host}`,
    evidence: "the proxy has no listener of it",
    reason: "The proxy does not know the service, so calls pass it by.",
    remedy:
      "See that the service exists in this cluster, with this port, and that no Sidecar resource or `exportTo` hides it.",
  };
}

/** Fields of the module's configuration that are not as the file has them. */
function differences(protocol: ApplicationProtocol, { plugins }: Proxy): ProxyFinding[] {
  const { name } = protocol;
  // In mode `connection` each service has a plugin of its own: it is as one of these says.
  const [first, ...more] = configurationsOf(protocol).map(plain) as [Settings, ...Settings[]];
  const isExpected = (actual: Settings) =>
    [first, ...more].some((expected) => isDeepStrictEqual(expected, actual));
  const running = plugins.flatMap((plugin) =>
    pluginName(plugin) === name && plugin.settings ? [{ ...plugin.settings }] : [],
  );
  const other = running.find((actual) => !isExpected(actual));
  return other === undefined ? [] : [settingsDiffer(name, first, other)];
}

type Settings = Record<string, unknown>;

function settingsDiffer(name: string, expected: Settings, actual: Settings): ProxyFinding {
  const fields = [...new Set([...Object.keys(expected), ...Object.keys(actual)])].sort();
  const differing = fields.filter((field) => !isDeepStrictEqual(expected[field], actual[field]));
  const describe = (field: string) =>
    `${field}: ${show(actual[field])} instead of ${show(expected[field])}`;
  return {
    check: "settings-differ",
    state: "doubtful",
    where: `plugin ${name}`,
    evidence: differing.map(describe).join("; "),
    reason:
      "The proxy has another configuration than the file says: not applied yet, refused, or changed elsewhere.",
    remedy:
      "Apply what `argot manifest` makes of the file; if it is applied, the other findings say what keeps it away.",
  };
}
