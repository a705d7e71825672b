/**
 * The same configuration cut into files that Envoy watches, so that what changes is taken over
 * while it runs: clusters (CDS), listeners (LDS), and for each service its routes (RDS) and its
 * plugin configuration (ECDS). Only a change of a listener itself touches open connections.
 */
import { join } from "node:path";
import type { Model } from "../model.js";
import { common } from "./bootstrap.js";
import { hasCodec } from "../protocols.js";
import { clustersOf } from "./clusters.js";
import { listenerOf, wasmConfig } from "./listeners.js";
import { listenerName } from "./names.js";
import { plain, type Config, type ConfigMap } from "./notes.js";
import { routesOf } from "./routes.js";

export interface DynamicOptions {
  /** Folder of the files, absolute. */
  directory: string;
  /** Path of argot.wasm, absolute. */
  wasm: string;
  accessLog?: string;
  /** Let Envoy pick the listeners' ports. */
  freePorts?: boolean;
}

/** A file that Envoy watches. */
export interface Watched {
  file: string;
  /** What changed, in words, when this file does. */
  title: string;
  /** The text-readout statistic that shows which version Envoy has taken over. */
  stat: string;
  resources: Record<string, unknown>[];
}

export interface DynamicFiles {
  clusters: Watched;
  listeners: Watched;
  /** Routes and plugin configurations. */
  rules: Watched[];
}

export const BOOTSTRAP = "bootstrap.json";

/** What Envoy is started with. */
export function dynamicBootstrap(directory: string, adminPort: number): unknown {
  return plain({
    node: { id: "argot", cluster: "argot" },
    ...common(adminPort),
    dynamic_resources: {
      cds_config: watch(directory, "clusters.json"),
      lds_config: watch(directory, "listeners.json"),
    },
  });
}

/** What Envoy watches. */
export function dynamicFiles(model: Model, options: DynamicOptions): DynamicFiles {
  const { directory, wasm, accessLog, freePorts } = options;
  const services = model.flatMap((protocol) =>
    protocol.services.map((service) => ({ protocol, service })),
  );
  const listeners = services.map(({ protocol, service }) =>
    listenerOf(protocol, service, {
      wasm,
      ...(accessLog !== undefined && { accessLog }),
      ...(freePorts && { port: 0 }),
      watched: {
        routes: (name) => watch(directory, routesFile(name)),
        plugin: (name) => watch(directory, pluginFile(name)),
      },
    }),
  );
  const rules = services.flatMap(({ protocol, service }): Watched[] => {
    if (!hasCodec(protocol.protocol)) return [];
    const name = listenerName(protocol, service);
    const plugin: Watched = {
      file: pluginFile(name),
      title: protocol.mode === "lanes" ? `settings of ${name}` : `rules and settings of ${name}`,
      stat: `extension_config_discovery.network_filter.${name}.version_text`,
      resources: [
        typed("config.core.v3.TypedExtensionConfig", {
          name,
          typed_config: wasmConfig(protocol, service, wasm),
        }),
      ],
    };
    if (protocol.mode === "connection") return [plugin];
    const routes: Watched = {
      file: routesFile(name),
      title: `routes of ${name}`,
      stat: `http.${name}.rds.${name}.version_text`,
      resources: [typed("config.route.v3.RouteConfiguration", routesOf(protocol, service))],
    };
    return [plugin, routes];
  });
  return {
    clusters: {
      file: "clusters.json",
      title: "endpoints",
      stat: "cluster_manager.cds.version_text",
      resources: clustersOf(model).map((cluster) => typed("config.cluster.v3.Cluster", cluster)),
    },
    listeners: {
      file: "listeners.json",
      title: "listeners",
      stat: "listener_manager.lds.version_text",
      resources: listeners.map((listener) => typed("config.listener.v3.Listener", listener)),
    },
    rules,
  };
}

const routesFile = (name: string) => `routes-${name}.json`;
const pluginFile = (name: string) => `plugin-${name}.json`;

function watch(directory: string, file: string): Config {
  return { path_config_source: { path: join(directory, file) }, resource_api_version: "V3" };
}

function typed(type: string, resource: ConfigMap): Record<string, unknown> {
  return { "@type": `type.googleapis.com/envoy.${type}`, ...(plain(resource) as object) };
}
