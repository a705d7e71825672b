/** Whole connections, without a look at their bytes: Envoy's tcp_proxy alone. */
import type { ApplicationProtocol, Service } from "../model.js";
import { logTo } from "./access-log.js";
import { clusterName, listenerName } from "./names.js";
import { noted, type Config } from "./notes.js";

/**
 * The only filter of the listener.
 * @param accessLog see ListenerOptions
 */
export function plainTcpProxy(
  protocol: ApplicationProtocol,
  service: Service,
  accessLog: string | undefined,
): Config {
  const name = listenerName(protocol, service);
  const target = service.routes[0]?.to[0];
  if (target === undefined) throw new Error("a service without a codec has one subset");
  return noted("Passes connections on as they are: nothing reads them.", {
    name: "envoy.filters.network.tcp_proxy",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
      stat_prefix: name,
      cluster: clusterName(service, target.subset),
      idle_timeout: noted("Subscribers and consumers may wait for long.", "0s"),
      ...(accessLog !== undefined && {
        access_log: noted("A line for each connection that ends.", [
          logTo(accessLog, [
            ["connection", name],
            ["cluster", "%UPSTREAM_CLUSTER%"],
            ["upstream", "%UPSTREAM_HOST%"],
            ["flags", "%RESPONSE_FLAGS%"],
            ["ms", "%DURATION%"],
          ]),
        ]),
      }),
    },
  });
}
