/** Envoy routes: in mode `lanes` the routes of a service, matched once for each lane. */
import { headerOf, RANDOM_HEADER, WEIGHT_HEADER } from "../headers.js";
import type { ApplicationProtocol, Match, Route, Service } from "../model.js";
import { clusterName, listenerName } from "./names.js";
import { noted, type Config, type ConfigMap } from "./notes.js";

/** The route configuration of one service. */
export function routesOf(protocol: ApplicationProtocol, service: Service): ConfigMap {
  return {
    name: listenerName(protocol, service),
    virtual_hosts: [
      {
        name: service.host,
        domains: [service.host],
        routes: service.routes.map((route) => toRoute(service, route)),
      },
    ],
  };
}

function toRoute(service: Service, route: Route): Config {
  return {
    name: route.name,
    match: {
      prefix: "/",
      ...(route.match.length > 0 && { headers: route.match.map(toHeaderMatcher) }),
    },
    ...(route.refuse
      ? {
          direct_response: noted("The filter answers with the protocol's own error reply.", {
            status: route.refuse.status,
            body: { inline_string: route.refuse.message },
          }),
        }
      : { route: toAction(service, route) }),
  };
}

/** A lane that can't connect tries another endpoint; nothing has been sent by then. */
const RETRY_POLICY = noted("A lane that can't connect tries another endpoint.", {
  retry_on: "connect-failure",
  num_retries: 1,
  // An endpoint that is dead has nothing in flight: LEAST_REQUEST would pick it again and again.
  host_selection_retry_max_attempts: 100,
  retry_host_predicate: [
    {
      name: "envoy.retry_host_predicates.previous_hosts",
      typed_config: {
        "@type":
          "type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate",
      },
    },
  ],
});

/**
 * No timeout: Envoy counts it from a request's end, and a lane that ends has all its answers. It
 * would limit no call, and reset what its server has not closed yet.
 */
function toAction(service: Service, { to }: Route): ConfigMap {
  const [first, ...more] = to;
  const common = { timeout: "0s", retry_policy: RETRY_POLICY };
  if (first !== undefined && more.length === 0) {
    return { cluster: clusterName(service, first.subset), ...common };
  }
  const total = to.reduce((sum, { weight }) => sum + weight, 0);
  let from = 0;
  return {
    weighted_clusters: {
      header_name: noted("A number that the filter picks, instead of dice.", RANDOM_HEADER),
      clusters: to.map(({ subset, weight }) => ({
        name: clusterName(service, subset),
        weight,
        // Nothing goes to a cluster without weight: it has nothing to tell.
        ...(weight > 0 && {
          response_headers_to_add: [
            {
              header: {
                key: WEIGHT_HEADER,
                value: noted(
                  "Its part: the filter deals requests by it.",
                  `${from}-${(from += weight)}/${total}`,
                ),
              },
            },
          ],
        }),
      })),
    },
    ...common,
  };
}

function toHeaderMatcher({ key, exact, prefix, regex, present, invert }: Match): Config {
  const name = headerOf(key);
  const inverted = invert === true && { invert_match: true };
  if (present !== undefined) return { name, present_match: present, ...inverted };
  return {
    name,
    string_match: {
      ...(exact !== undefined && { exact }),
      ...(prefix !== undefined && { prefix }),
      ...(regex !== undefined && { safe_regex: { regex } }),
    },
    // Without this Envoy lets an inverted match fail where the header is missing.
    ...(invert === true && { ...inverted, treat_missing_header_as_empty: true }),
  };
}
