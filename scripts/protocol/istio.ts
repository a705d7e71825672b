/** Istio's WasmPlugin that loads Argot: the rest of it is Istio's business. */
import { checkPlugin, type PluginConfiguration } from "./checks-plugin.js";
import { isMap } from "./maps.js";
import type { Finding, Path } from "./problem.js";
import { checkSchema, pluginFields } from "./schema.js";
import { show } from "./wording.js";

/** The part of a WasmPlugin (extensions.istio.io/v1alpha1) that says whether it is Argot's. */
interface WasmPlugin {
  spec?: { type?: unknown; url?: unknown; pluginConfig?: unknown };
}

/** Is it a WasmPlugin that loads Argot, by its url or by its configuration? */
export function isArgotPlugin(value: object): value is WasmPlugin {
  if (!("kind" in value) || value.kind !== "WasmPlugin") return false;
  const { spec } = value as WasmPlugin;
  if (!isMap(spec)) return false;
  const config = spec.pluginConfig;
  const named = typeof spec.url === "string" && /argot/i.test(spec.url);
  return named || (isMap(config) && "protocol" in config && "mode" in config);
}

/** What is wrong with a WasmPlugin that loads Argot. */
export function checkWasmPlugin({ spec = {} }: WasmPlugin): Finding[] {
  const path: Path = ["spec"];
  const found: Finding[] = [];
  if (spec.type !== "NETWORK") {
    found.push({
      path: spec.type === undefined ? path : [...path, "type"],
      message: spec.type === undefined ? "`type` is missing" : `is ${show(spec.type)}`,
      remedy: "Write `type: NETWORK`: without it Istio takes the plugin for an HTTP filter.",
    });
  }
  const config = spec.pluginConfig;
  if (!isMap(config)) {
    found.push({
      path: config === undefined ? path : [...path, "pluginConfig"],
      message: config === undefined ? "`pluginConfig` is missing" : "must be a map of fields",
      remedy: `Write the plugin's configuration there: ${pluginFields.join(", ")}.`,
    });
    return found;
  }
  return [...found, ...checkPluginConfig(config, [...path, "pluginConfig"])];
}

/** What is wrong with a plugin configuration that stands at `path`. */
export function checkPluginConfig(config: object, path: Path = []): Finding[] {
  const wrong = checkSchema("plugin", config);
  const found = wrong.length > 0 ? wrong : checkPlugin(config as PluginConfiguration);
  return found.map((finding) => ({ ...finding, path: [...path, ...finding.path] }));
}
