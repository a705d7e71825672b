/** Mode `connection`: the first request picks the cluster of a TCP connection. */
import { FIRST_FRAME_BYTES } from "../../protocol/emit/plugin.js";
import type { ApplicationProtocol } from "../../protocol/model.js";
import { distinct, networkFilterType, typed, type Patch } from "./patches.js";

const TCP_PROXY = "envoy.filters.network.tcp_proxy";

/** tcp_proxy reads before it has a server, so that the filter sees the first request. */
export function earlyData(protocol: ApplicationProtocol): Patch[] {
  return distinct(protocol.services.map(({ port }) => port)).map((portNumber) => ({
    applyTo: "NETWORK_FILTER",
    match: {
      context: "SIDECAR_OUTBOUND",
      listener: { portNumber, filterChain: { filter: { name: TCP_PROXY } } },
    },
    patch: {
      operation: "MERGE",
      value: {
        name: TCP_PROXY,
        typed_config: typed(networkFilterType("tcp_proxy.v3.TcpProxy"), {
          upstream_connect_mode: "ON_DOWNSTREAM_DATA",
          max_early_data_bytes: FIRST_FRAME_BYTES,
        }),
      },
    },
  }));
}
