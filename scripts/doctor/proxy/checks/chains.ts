/** Is each filter in a chain that it can work in? */
import type { ProxyFinding } from "../finding.js";
import { pluginName } from "../plugins.js";
import { rawClusterOf } from "../lane-routes.js";
import { isHttpOnly, type Chain, type Proxy } from "../proxy.js";
import { DEFAULT_FIRST_FRAME_BYTES } from "../settings.js";

export function checkChains(proxy: Proxy): ProxyFinding[] {
  return proxy.chains.flatMap((chain) => [
    ...inspectorTrap(chain, proxy),
    ...(chain.plugins.length > 0 ? withPlugin(chain, proxy) : []),
  ]);
}

function withPlugin(chain: Chain, proxy: Proxy): ProxyFinding[] {
  const others = isConnectionMode(chain) ? connectionMode(chain) : portStillTcp(chain, proxy);
  return [...twoPlugins(chain), ...others];
}

function isConnectionMode({ plugins }: Chain): boolean {
  return plugins[0]?.settings?.mode === "connection";
}

function twoPlugins({ plugins, where }: Chain): ProxyFinding[] {
  if (plugins.length < 2) return [];
  return [
    {
      check: "two-filters",
      state: "wrong",
      where,
      evidence: `${plugins.length} filters of Argot's: ${plugins.map(({ resource }) => resource).join(", ")}`,
      reason: "The second one gets HTTP/2 where it expects requests: no call is answered.",
      remedy:
        "Let one WasmPlugin alone have this port: delete the other one, or change `match.ports`.",
    },
  ];
}

/** The http_inspector tells HTTP by its first bytes; a private protocol is none. */
function inspectorTrap(chain: Chain, proxy: Proxy): ProxyFinding[] {
  const { listener, where, port, plugins } = chain;
  if (!isHttpOnly(chain)) return [];
  if (plugins.length === 0 && rawClusterOf(chain, proxy) === undefined) return [];
  const siblings = proxy.chains.filter(
    (other) => other.listener === listener && other.port === port && !isHttpOnly(other),
  );
  // One that was told to have a filter is there for private bytes, even if the filter did not come.
  const isForThem = ({ plugins, filters }: Chain) =>
    plugins.length > 0 || filters.some(({ config_discovery }) => config_discovery !== undefined);
  if (siblings.some(isForThem)) return [];
  // Of its own address, which all calls to the service have.
  const isBound = (other: Chain) =>
    other.port === port && other.listener !== listener && other.plugins.length > 0;
  if (proxy.chains.some(isBound)) return [];
  const rest = siblings[0]?.tcpProxy?.cluster;
  return [
    {
      check: "inspector-trap",
      state: "wrong",
      where,
      evidence: `only connections that begin as HTTP come here; all others go to ${rest ?? "no chain"}`,
      reason:
        "The http_inspector does not know the private protocol, so its connections pass the filter by.",
      remedy:
        "Apply the EnvoyFilter `argot-<name>-listeners` of `argot manifest`, which adds a chain for `raw_buffer`; or write " +
        "`istio.outbound: sidecar` with the service's `addresses`. See that its workloadSelector takes this pod.",
    },
  ];
}

function portStillTcp(chain: Chain, { stats }: Proxy): ProxyFinding[] {
  const { tcpProxy, plugins, where, port } = chain;
  const [plugin] = plugins;
  if (tcpProxy === undefined || plugin === undefined) return [];
  const name = pluginName(plugin);
  const passed = stats.get(`wasmcustom.argot.${name}.connections_passed`) ?? 0;
  return [
    {
      check: "port-still-tcp",
      state: "wrong",
      where,
      evidence: `tcp_proxy stands behind the filter; ${passed} connections passed it untouched`,
      reason: "For Istio the port is TCP: routes, weights and policies of HTTP have no effect.",
      remedy: `Set \`appProtocol: http2\` on port ${port} of the Service (\`protocol: HTTP2\` in a ServiceEntry). In the phases \`prepare\` and \`switch\` of a rollout this is as it should be.`,
    },
  ];
}

function connectionMode({ tcpProxy, manager, plugins, where }: Chain): ProxyFinding[] {
  const about = { state: "wrong", where } as const;
  if (tcpProxy === undefined) {
    if (manager === undefined) return [];
    return [
      {
        ...about,
        check: "connection-mode-on-http",
        evidence: "mode `connection`, but an HTTP connection manager stands behind the filter",
        reason: "It closes connections that bring no HTTP.",
        remedy: "Make the port TCP (`appProtocol: tcp`), or write `mode: lanes`.",
      },
    ];
  }
  const found: ProxyFinding[] = [];
  const { upstream_connect_mode: mode = "IMMEDIATE", max_early_data_bytes: bytes = 0 } = tcpProxy;
  const needed = plugins[0]?.settings?.connection?.maxFirstFrameBytes ?? DEFAULT_FIRST_FRAME_BYTES;
  if (mode === "IMMEDIATE" || bytes < needed) {
    found.push({
      ...about,
      check: "no-early-data",
      evidence: `upstream_connect_mode ${mode}, max_early_data_bytes ${bytes} (needed: ${needed})`,
      reason:
        "tcp_proxy reads nothing before it has a server, and the filter picks the server by what is read: connections hang.",
      remedy: "Apply the EnvoyFilter `argot-<name>-early-data` of `argot manifest`.",
    });
  }
  if (tcpProxy.weighted_clusters !== undefined) {
    found.push({
      ...about,
      check: "weights-before-filter",
      evidence: `tcp_proxy has ${tcpProxy.weighted_clusters.clusters?.length ?? 0} weighted clusters`,
      reason: "It draws one of them, and does not ask the filter.",
      remedy:
        "Remove the weights from the `tcp` routes of the VirtualService, and write them in Argot's rules.",
    });
  }
  return found;
}
