/** Argot's filters among the others, by what they are rather than by their names. */
import type { PluginConfiguration } from "../../protocol/checks-plugin.js";
import type { Configuration } from "./config-dump.js";
import { isType, type Filter, type TypedConfig, type WasmConfig } from "./envoy.js";

/** The module's configuration as Envoy has it. */
export interface Plugin {
  /** Of the filter, or of the resource that configures it. */
  resource: string;
  /** The message is that of an HTTP filter. */
  isHttp: boolean;
  /** What the module reads; undefined: it is no JSON object. */
  settings: PluginConfiguration | undefined;
  /** Path or checksum of the module. */
  module: string;
}

/** Undefined: it is another filter. */
export function pluginOf(resource: string, config: TypedConfig | undefined): Plugin | undefined {
  if (config === undefined || !isType(config, "Wasm")) return undefined;
  const { config: { configuration, vm_config } = {} } = config as WasmConfig;
  const settings = parse(configuration?.value);
  const { local, remote } = vm_config?.code ?? {};
  const module = remote?.sha256 ?? local?.filename ?? "";
  const isOurs = settings !== undefined && "protocol" in settings && "mode" in settings;
  if (!isOurs && !/argot/i.test(module)) return undefined;
  return { resource, isHttp: config["@type"].includes(".filters.http."), settings, module };
}

/** The plugin of a filter in a chain, wherever its configuration stands. */
export function pluginOfFilter(filter: Filter, { extensions }: Configuration): Plugin | undefined {
  const discovery = filter.config_discovery;
  if (discovery === undefined) return pluginOf(filter.name, filter.typed_config);
  const found = extensions
    .filter(({ name }) => name === filter.name)
    .flatMap(({ name, typed_config }) => pluginOf(name, typed_config) ?? []);
  return found.find(({ isHttp }) => !isHttp) ?? pluginOf(filter.name, discovery.default_config);
}

/** What statistics, and the routes' authority, say. */
export function pluginName({ settings, resource }: Plugin): string {
  if (settings === undefined) return resource;
  const { name, protocol } = settings;
  return name ?? (typeof protocol === "string" ? protocol : protocol.name);
}

function parse(value: unknown): PluginConfiguration | undefined {
  if (typeof value === "object" && value !== null) return value as PluginConfiguration;
  try {
    const parsed: unknown = JSON.parse(String(value));
    return typeof parsed === "object" && parsed !== null
      ? (parsed as PluginConfiguration)
      : undefined;
  } catch {
    return undefined;
  }
}
