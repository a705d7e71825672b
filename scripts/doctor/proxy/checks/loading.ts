/** Did the filter and its configuration come, and did the module take it? */
import { checkPluginConfig } from "../../../protocol/istio.js";
import { fieldOf } from "../../../protocol/problem.js";
import { isType, type Filter } from "../envoy.js";
import type { ProxyFinding } from "../finding.js";
import { pluginName, pluginOf } from "../plugins.js";
import type { Chain, Proxy } from "../proxy.js";

export function checkLoading(proxy: Proxy): ProxyFinding[] {
  return [
    ...[...proxy.waiting, ...proxy.chains].flatMap((chain) =>
      chain.filters.flatMap((filter) => unresolved(filter, chain, proxy) ?? []),
    ),
    ...httpPlugins(proxy),
    ...refusedSettings(proxy),
    ...refusedByEnvoy(proxy),
  ];
}

/** A network filter whose configuration shall come by itself, and that may be a Wasm module. */
function unresolved(filter: Filter, chain: Chain, proxy: Proxy): ProxyFinding | undefined {
  const { type_urls = [], default_config } = filter.config_discovery ?? {};
  if (!type_urls.some((url) => /\.filters\.network\.wasm\./.test(url))) return undefined;
  if (default_config !== undefined) return undefined;
  const { extensions } = proxy.configuration;
  const came = extensions.filter(({ name }) => name === filter.name);
  if (came.some(({ typed_config }) => typed_config?.["@type"].includes(".network.wasm."))) {
    return undefined;
  }
  const { where } = chain;
  const about = { state: "wrong", where } as const;
  if (came.some(({ typed_config }) => isType(typed_config, "RBAC"))) {
    return {
      ...about,
      check: "module-not-fetched",
      evidence: `in the place of ${filter.name} stands an RBAC filter, as Istio's agent puts it where it has no module`,
      reason: "The agent could not fetch the module, so every connection is closed.",
      remedy:
        "Read the agent's log (`kubectl logs POD -c istio-proxy | grep -i wasm`); correct `url`, `sha256` or " +
        "`imagePullSecret` of the WasmPlugin, and see that the pod reaches that address.",
    };
  }
  if (isInHttpFilters(filter.name, proxy) || came.some(isHttp))
    return httpInstead(filter.name, where);
  const waits = proxy.waiting.includes(chain) ? "; the listener waits for it" : "";
  const fails = proxy.stats
    .above(/^extension_config_discovery\.(.+)\.(config_fail|config_conflict|update_rejected)$/)
    .filter(({ match }) => match[1]?.includes(filter.name))
    .map(({ match, value }) => `; ${match[2]} ${value}`)
    .join("");
  return {
    ...about,
    check: "filter-never-came",
    evidence: `${filter.name} has no configuration of a Wasm filter${waits}${fails}`,
    reason:
      "No WasmPlugin selects this proxy, or Envoy refused the configuration: the listener waits for it, or closes every connection.",
    remedy:
      "See that the WasmPlugin exists (`kubectl get wasmplugins -A`), that its namespace is the root namespace or the " +
      "pod's, that its `selector` and `match.ports` fit, and that `istioctl proxy-status` shows no ECDS error.",
  };
}

function httpInstead(resource: string, where: string): ProxyFinding {
  return {
    check: "http-plugin",
    state: "wrong",
    where,
    evidence: `${resource} is delivered as an HTTP filter`,
    reason:
      "HTTP filters see no private bytes, and Envoy takes no network filter of the same name while it has this one.",
    remedy:
      "Write `type: NETWORK` in the WasmPlugin's `spec`; then restart pods that had it otherwise.",
  };
}

function httpPlugins({ configuration, chains }: Proxy): ProxyFinding[] {
  const came = configuration.extensions.flatMap(({ name, typed_config }) => {
    const plugin = pluginOf(name, typed_config);
    return plugin?.isHttp === true ? [name] : [];
  });
  const fixed = chains.flatMap(({ manager }) =>
    (manager?.http_filters ?? []).flatMap(({ name, typed_config }) =>
      pluginOf(name, typed_config) === undefined ? [] : [name],
    ),
  );
  return [...came, ...fixed].map((name) => httpInstead(name, `plugin ${name}`));
}

function isInHttpFilters(name: string, { chains }: Proxy): boolean {
  return chains.some(({ manager }) =>
    (manager?.http_filters ?? []).some((filter) => filter.name === name),
  );
}

function isHttp({ typed_config }: { typed_config?: { "@type": string } }): boolean {
  return typed_config?.["@type"].includes(".filters.http.") ?? false;
}

/** Envoy does not say why a module refused its configuration: the same checks say it here. */
function refusedSettings({ plugins }: Proxy): ProxyFinding[] {
  return plugins.flatMap((plugin) => {
    const { settings } = plugin;
    const about = {
      check: "settings-refused",
      state: "wrong",
      where: `plugin ${pluginName(plugin)}`,
      reason:
        "The module refuses such a configuration: connections are closed, or an older one stays.",
    } as const;
    if (settings === undefined) {
      return [
        {
          ...about,
          evidence: "the configuration is no JSON object",
          remedy: "Write `pluginConfig` as `argot manifest` makes it.",
        },
      ];
    }
    return checkPluginConfig(settings).map(({ path, message, remedy }): ProxyFinding => {
      const field = fieldOf(path);
      const where = `${about.where} ${field}`.trimEnd();
      // A module of `argot build --codec` speaks others than are known here.
      const isOwn = field === "protocol" && typeof settings.protocol === "string";
      return { ...about, where, evidence: message, remedy, ...(isOwn && { state: "doubtful" }) };
    });
  });
}

function refusedByEnvoy({ configuration }: Proxy): ProxyFinding[] {
  return configuration.refused.map(({ what, details }) => ({
    check: "update-refused",
    state: "wrong",
    where: what,
    evidence: `Envoy refused it: ${details}`,
    reason: "What it had before stays, so the change has no effect.",
    remedy: /wasm plugin/i.test(details)
      ? "Correct the WasmPlugin's `pluginConfig` (the proxy's log says which field); Envoy refuses listeners with it until then, and takes them with istiod's next push, or when the pod starts anew."
      : "Correct what it names; `argot validate` checks EnvoyFilters against Envoy's messages.",
  }));
}
