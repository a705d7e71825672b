/** A complete envoy.yaml. */
import type { Model } from "../model.js";
import { clustersOf } from "./clusters.js";
import { listenerOf } from "./listeners.js";
import { noted, toYaml, type ConfigMap } from "./notes.js";

export interface EnvoyYamlOptions {
  /** Path of argot.wasm, as Envoy shall open it. */
  wasm: string;
  /** Port of Envoy's admin interface on 127.0.0.1. */
  adminPort: number;
  /** Name of the file that the configuration was made from, for the title. */
  source: string;
  /** Added to the port of every listener. Default 0. */
  portOffset?: number;
}

const MOST_CLIENTS = 200_000;

/** The envoy.yaml of a model; equal models give equal text. */
export function envoyYaml(model: Model, options: EnvoyYamlOptions): string {
  const { wasm, adminPort, source, portOffset = 0 } = options;
  const listeners = model.flatMap((protocol) =>
    protocol.services.map((service) => {
      const port = service.port + portOffset;
      const listener = listenerOf(protocol, service, { wasm, accessLog: "stdout", port });
      return noted(`${protocol.protocol} for ${service.host}, mode ${protocol.mode}`, listener);
    }),
  );
  const title = [
    `Made by \`argot envoy -f ${source}\`: change that file and make it again.`,
    "Run it with Envoy 1.37 or later: `envoy -c <this file>`.",
  ].join("\n");
  return toYaml(title, {
    ...common(adminPort),
    static_resources: {
      listeners: noted("Where clients connect.", listeners),
      clusters: noted("Where servers listen: one cluster for each subset.", clustersOf(model)),
    },
  });
}

/** What every bootstrap has; `adminPort` 0: one that is free. */
export function common(adminPort: number): ConfigMap {
  const limits = "type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections";
  return {
    admin: noted("Statistics and state: /stats/prometheus, /config_dump, /clusters.", {
      address: { socket_address: { address: "127.0.0.1", port_value: adminPort } },
    }),
    overload_manager: noted("Envoy wants to be told how many clients are too many.", {
      resource_monitors: [
        {
          name: "envoy.resource_monitors.global_downstream_max_connections",
          typed_config: {
            "@type": `${limits}.v3.DownstreamConnectionsConfig`,
            max_active_downstream_connections: MOST_CLIENTS,
          },
        },
      ],
    }),
  };
}
