/** Do all chains run the same module and configuration? */
import type { ProxyFinding } from "../finding.js";
import type { Proxy } from "../proxy.js";

/** The module's gauge of how many times a version and revision is loaded. */
const BUILD_INFO =
  /^wasmcustom\.argot\.(.+?)\.argot_version=\.=(.*?);\.;argot_revision=\.=(.*?);\.;build_info$/;

export function checkVersions({ stats, plugins }: Proxy): ProxyFinding[] {
  const found: ProxyFinding[] = [];
  const builds = stats
    .above(BUILD_INFO)
    .map(({ match: [, plugin = "", version = "", revision = ""] }) => ({
      plugin,
      version,
      revision,
    }));
  const versions = [...new Set(builds.map(({ version }) => version))];
  const modules = [...new Set(plugins.map(({ module }) => module))];
  if (versions.length > 1 || modules.length > 1) {
    found.push({
      check: "versions-differ",
      state: "doubtful",
      where: "Wasm modules",
      evidence:
        versions.length > 1 ? `versions ${versions.join(", ")}` : `modules ${modules.join(", ")}`,
      reason:
        "Chains run different modules; during an update that is so until old connections end.",
      remedy: "If it stays so, give all WasmPlugins the same `url` and `sha256`.",
    });
  }
  for (const name of new Set(builds.map(({ plugin }) => plugin))) {
    const revisions = [
      ...new Set(builds.filter(({ plugin }) => plugin === name).map(({ revision }) => revision)),
    ];
    if (revisions.length < 2) continue;
    found.push({
      check: "revisions-differ",
      state: "doubtful",
      where: `plugin ${name}`,
      evidence: `revisions ${revisions.map((revision) => revision || "(none)").join(", ")} are loaded`,
      reason: "Connections that are older than the last change keep the configuration before it.",
      remedy: "Wait until they end; clients that never reconnect keep it as long as they live.",
    });
  }
  return found;
}
