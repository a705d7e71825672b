/** What the filters, and Envoy's Wasm runtime, have counted. */
import type { ProxyFinding } from "../finding.js";
import { MEANINGS } from "../meanings.js";
import type { Proxy } from "../proxy.js";

const COUNTERS = new RegExp(
  `^wasmcustom\\.argot\\.(.+?)\\.(${Object.keys(MEANINGS)
    .map((name) => name.replaceAll(".", "\\."))
    .join("|")})$`,
);

export function checkCounters({ stats }: Proxy): ProxyFinding[] {
  return stats.above(COUNTERS).flatMap(({ match, value }): ProxyFinding[] => {
    const [, plugin = "", counter = ""] = match;
    const requests = stats.get(`wasmcustom.argot.${plugin}.requests`) ?? 0;
    const connections = stats.get(`wasmcustom.argot.${plugin}.connections`) ?? 0;
    const meaning = MEANINGS[counter];
    if (meaning === undefined) return [];
    const evidence = `${counter} is ${value}, after ${requests} requests on ${connections} connections`;
    const where = `plugin ${plugin}`;
    return [{ check: counter, state: "doubtful", where, evidence, ...meaning }];
  });
}

const VM: Record<string, string> = {
  vm_reload_success:
    "The module trapped: its worker's connections were closed, then it was loaded anew.",
  vm_reload_backoff:
    "The module trapped; connections that came before it was loaded anew were closed.",
  vm_reload_failure: "The module trapped and could not be loaded anew: new connections are closed.",
};

/** The virtual machine, and where modules come from. */
export function checkRuntime({ stats, plugins }: Proxy): ProxyFinding[] {
  const traps = stats
    .above(/^wasm\.(.+)\.(vm_reload_\w+)$/)
    .map(({ match: [, name = "", what = ""], value }): ProxyFinding => ({
      check: "module-trapped",
      state: what === "vm_reload_failure" ? "wrong" : "doubtful",
      where: `module of ${name}, ${what}`,
      evidence: `${what} is ${value}`,
      reason: VM[what] ?? "The module trapped.",
      remedy:
        "It is a fault of the module, or its 4 GiB were used up: keep the proxy's log (`critical wasm`) and report it with the version.",
    }));
  const failed = stats.get("wasm.remote_load_fetch_failures") ?? 0;
  const { created, active } = {
    created: stats.get("wasm.envoy.wasm.runtime.v8.created") ?? 0,
    active: stats.get("wasm.envoy.wasm.runtime.v8.active"),
  };
  const found = [...traps];
  if (failed > 0) {
    found.push({
      check: "module-not-fetched",
      state: "wrong",
      where: "Wasm modules",
      evidence: `Envoy failed ${failed} times to fetch a module`,
      reason: "Without the module connections are closed.",
      remedy: "See that the proxy reaches the module's address, and that `sha256` is the module's.",
    });
  }
  if (plugins.length > 0 && created > 0 && active === 0) {
    found.push({
      check: "module-not-running",
      state: "wrong",
      where: "Wasm modules",
      evidence: `${created} virtual machines were made, and none is left`,
      reason: "The module failed to start, or refused its configuration: connections are closed.",
      remedy: "Read the proxy's log (`grep wasm`): the module says there which field is wrong.",
    });
  }
  return found;
}
