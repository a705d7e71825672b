/** Names in statistics become labels in Prometheus: `argot_protocol="greeter"`. */
import type { Resource } from "../resource.js";

/** Takes effect where proxies start: Envoy reads such rules once. */
export function statsTags(namespace: string): Resource {
  return {
    apiVersion: "networking.istio.io/v1alpha3",
    kind: "EnvoyFilter",
    metadata: {
      name: "argot-stats-tags",
      namespace,
      labels: { "app.kubernetes.io/managed-by": "argot" },
    },
    spec: {
      configPatches: [
        {
          applyTo: "BOOTSTRAP",
          patch: {
            operation: "MERGE",
            value: {
              stats_config: {
                stats_tags: [
                  { tag_name: "argot_protocol", regex: "^wasmcustom\\.argot\\.((.+?)\\.)" },
                  { tag_name: "argot_version", regex: "(argot_version\\.=\\.(.*?);\\.)" },
                  { tag_name: "argot_revision", regex: "(argot_revision\\.=\\.(.*?);\\.)" },
                ],
              },
            },
          },
        },
      ],
    },
  };
}
