/**
 * Exact weights: Envoy takes the number that the filter sends instead of throwing dice, and the
 * filter is told the weights by a header of the route (docs/decisions/0008).
 */
import type { Config } from "../../protocol/emit/notes.js";
import { RANDOM_HEADER, WEIGHT_HEADER } from "../../protocol/headers.js";
import type { Rule } from "../routes.js";
import type { Context, Patch } from "./patches.js";

/** For each weighted rule with a name, on the virtual host of a service's port. */
export function weightedRoutes(
  host: string,
  port: number,
  rules: readonly Rule[],
  contexts: readonly Context[],
): Patch[] {
  return rules
    .filter(({ weights }) => weights.length > 1)
    .flatMap(({ names, weights }) =>
      names.flatMap((name) =>
        contexts.map((context) => ({
          applyTo: "HTTP_ROUTE",
          match: {
            context,
            routeConfiguration: { vhost: { name: `${host}:${port}`, route: { name } } },
          },
          patch: { operation: "MERGE", value: steered(weights) },
        })),
      ),
    );
}

function steered(weights: readonly number[]): Config {
  return {
    route: { weighted_clusters: { header_name: RANDOM_HEADER } },
    response_headers_to_add: [{ header: { key: WEIGHT_HEADER, value: weights.join(",") } }],
  };
}
