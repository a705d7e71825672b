/** All that is looked at in one proxy. */
import type { Model } from "../../protocol/model.js";
import { checkChains } from "./checks/chains.js";
import { checkClusters } from "./checks/clusters.js";
import { checkCounters, checkRuntime } from "./checks/counters.js";
import { checkDrain } from "./checks/drain.js";
import { checkExpected } from "./checks/expected.js";
import { checkLoading } from "./checks/loading.js";
import { checkRoutes } from "./checks/routes.js";
import { checkVersions } from "./checks/versions.js";
import { distinctFindings, type ProxyFinding } from "./finding.js";
import { pluginName } from "./plugins.js";
import { Proxy, type Readings } from "./proxy.js";

export interface ProxyReport {
  /** Envoy's `node.id`. */
  node: string;
  /** Argot's filters, and how many chains have them. */
  plugins: { name: string; chains: number }[];
  findings: ProxyFinding[];
}

/** @param model with which the proxy is compared; none: with nothing */
export function examineProxy(readings: Readings, model: Model = []): ProxyReport {
  const proxy = new Proxy(readings);
  const checks = [checkLoading, checkChains, checkClusters, checkRoutes, checkRuntime];
  const all = [...checks, checkDrain, checkVersions, checkCounters].flatMap((check) =>
    check(proxy),
  );
  const findings = all.filter(({ check }) => check !== "port-still-tcp" || !isRollout(model));
  const expected = checkExpected(proxy, model);
  const plugins = proxy.plugins.map((plugin) => ({
    name: pluginName(plugin),
    chains: proxy.chains.filter((chain) =>
      chain.plugins.some(({ resource }) => resource === plugin.resource),
    ).length,
  }));
  const nothing = plugins.length === 0 && findings.length === 0 && expected.length === 0;
  const told = [...findings, ...expected, ...(nothing ? [NO_FILTER] : [])];
  return { node: proxy.configuration.node, plugins, findings: distinctFindings(told) };
}

/** While ports are TCP on purpose. */
function isRollout(model: Model): boolean {
  return model.some(({ istio: { phase = "clean" } = {} }) => phase !== "clean");
}

const NO_FILTER: ProxyFinding = {
  check: "no-filter",
  state: "wrong",
  where: "all listeners",
  evidence: "no filter chain has a filter of Argot's",
  reason: "Bytes of private protocols pass unrouted.",
  remedy:
    "Apply what `argot manifest` makes; see that the WasmPlugin selects this proxy and that its `match.ports` are the service's.",
};
