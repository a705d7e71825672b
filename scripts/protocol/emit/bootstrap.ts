/** A complete envoy.yaml. */
import { UserError } from "../../cli/error.js";
import type { Model } from "../model.js";
import { titleOf } from "../protocols.js";
import { clustersOf } from "./clusters.js";
import { listenerOf } from "./listeners.js";
import { noted, plain, toYaml, type ConfigMap } from "./notes.js";

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
/** As Istio sets it. */
const MOST_REGEX_STEPS = 32_768;
const MOST_PORT = 65_535;

/**
 * The envoy.yaml of a model; equal models give equal text.
 * @throws UserError if a port is out of range or taken by the admin interface
 */
export function envoyYaml(model: Model, options: EnvoyYamlOptions): string {
  const title = [
    `Made by \`argot envoy -f ${options.source}\`: change that file and make it again.`,
    "Run it with Envoy 1.37 or later, in the folder in which it was made:",
    "`envoy -c <this file>`.",
  ].join("\n");
  return toYaml(title, bootstrap(model, options));
}

/** The same without comments, as JSON, which Envoy reads too. */
export function envoyJson(model: Model, options: EnvoyYamlOptions): string {
  return `${JSON.stringify(plain(bootstrap(model, options)), null, 2)}\n`;
}

function bootstrap(model: Model, options: EnvoyYamlOptions): ConfigMap {
  const { wasm, adminPort, source, portOffset = 0 } = options;
  const listeners = model.flatMap((protocol) =>
    protocol.services.map((service) => {
      const port = service.port + portOffset;
      checkPort(port, service.host, adminPort, source);
      const listener = listenerOf(protocol, service, { wasm, accessLog: "stdout", port });
      return noted(
        `${titleOf(protocol.protocol)} for ${service.host}, mode ${protocol.mode}`,
        listener,
      );
    }),
  );
  return {
    ...common(adminPort),
    static_resources: {
      listeners: noted("Where clients connect.", listeners),
      clusters: noted("Where servers listen: one cluster for each subset.", clustersOf(model)),
    },
  };
}

function checkPort(port: number, host: string, adminPort: number, file: string): void {
  const place = { file, field: "spec.services.port" };
  if (port > MOST_PORT) {
    const remedy = "Choose a smaller --port-offset.";
    throw new UserError(`the port of ${host} would be ${port}`, { ...place, remedy });
  }
  if (port === adminPort) {
    const remedy = "Choose another one by --admin-port, or another `port`.";
    const message = `${host} is to listen on ${port}, which is Envoy's admin port`;
    throw new UserError(message, { ...place, remedy });
  }
}

/** What every bootstrap has; `adminPort` 0: one that is free. */
export function common(adminPort: number): ConfigMap {
  const limits = "type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections";
  return {
    admin: noted("Statistics and state: /stats/prometheus, /config_dump, /clusters.", {
      address: { socket_address: { address: "127.0.0.1", port_value: adminPort } },
    }),
    layered_runtime: noted("Envoy's own limit on regular expressions, 100 steps, is small.", {
      layers: [
        { name: "argot", static_layer: { "re2.max_program_size.error_level": MOST_REGEX_STEPS } },
      ],
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
