/**
 * Redis in mode `native`: Envoy's redis_proxy routes every command by its key.
 * envoy.extensions.filters.network.redis_proxy.v3.RedisProxy
 */
import type { ApplicationProtocol, Route, Service } from "../model.js";
import { clusterName, listenerName } from "./names.js";
import { noted, type Config, type ConfigMap } from "./notes.js";

const REDIS_PROXY = "envoy.filters.network.redis_proxy";
const TYPES = "type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3";
const DEFAULT_TIMEOUT_SECONDS = 5;

/** The only filter of the listener. */
export function redisProxy(protocol: ApplicationProtocol, service: Service): Config {
  const { resp, timeoutSeconds = DEFAULT_TIMEOUT_SECONDS, passwordFile } = protocol.redis ?? {};
  return noted("Takes the commands apart, and sends each to the server that its key belongs to.", {
    name: REDIS_PROXY,
    typed_config: {
      "@type": `${TYPES}.RedisProxy`,
      stat_prefix: listenerName(protocol, service),
      ...(resp === 3 && {
        protocol_version: noted("Clients begin with HELLO 3; Envoy 1.40 or later.", "RESP3"),
      }),
      settings: {
        op_timeout: noted("For the answer to a command.", `${timeoutSeconds}s`),
        enable_hashtagging: noted(
          "Of `{user1}.cart` only what stands in the braces picks the server.",
          true,
        ),
        enable_command_stats: noted("Counts and times each command, for each cluster.", true),
      },
      prefix_routes: prefixRoutes(service),
      ...(passwordFile !== undefined && {
        downstream_auth_passwords: noted("What clients must send by AUTH.", [
          { filename: passwordFile },
        ]),
      }),
    },
  });
}

function prefixRoutes(service: Service): Config {
  const toCluster = ({ to: [target] }: Route): ConfigMap => {
    if (target === undefined) throw new Error("a route of Redis has a subset");
    return { cluster: clusterName(service, target.subset) };
  };
  const rest = service.routes.find(({ match }) => match.length === 0);
  const routes = service.routes.flatMap((route): Config[] => {
    const prefix = route.match[0]?.prefix;
    return prefix === undefined ? [] : [noted(route.name, { prefix, ...toCluster(route) })];
  });
  return noted("The longest prefix of a key decides.", {
    ...(routes.length > 0 && { routes }),
    ...(rest && { catch_all_route: noted(rest.name, toCluster(rest)) }),
  });
}

/** What is different in a cluster of Redis servers. */
export function redisCluster({ redis }: ApplicationProtocol): ConfigMap {
  return {
    lb_policy: noted(
      "A key's hash picks its server: with one server more or less, few keys move.",
      "MAGLEV",
    ),
    ...(redis?.passwordFile !== undefined && {
      typed_extension_protocol_options: {
        [REDIS_PROXY]: noted("What servers get by AUTH.", {
          "@type": `${TYPES}.RedisProtocolOptions`,
          auth_password: { filename: redis.passwordFile },
        }),
      },
    }),
  };
}
