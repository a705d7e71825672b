/** When a listener is replaced: is there time for lanes to end by themselves? */
import { secondsOf } from "../envoy.js";
import type { ProxyFinding } from "../finding.js";
import { pluginName } from "../plugins.js";
import type { Proxy } from "../proxy.js";
import { DEFAULT_MAX_AGE_SECONDS } from "../settings.js";

/** Envoy's own, where the connection manager says nothing. */
const DRAIN_TIMEOUT_SECONDS = 5;
/** For the last answers of a client that does not leave. */
const LAST_SECONDS = 5;

export function checkDrain({ lanes, drainSeconds }: Proxy): ProxyFinding[] {
  if (drainSeconds === undefined) return [];
  return lanes.flatMap(({ plugin, manager, where }) => {
    const age = plugin.settings?.lanes?.maxAgeSeconds ?? DEFAULT_MAX_AGE_SECONDS;
    const announced = secondsOf(manager.drain_timeout) ?? DRAIN_TIMEOUT_SECONDS;
    if (age > 0 && age + announced + LAST_SECONDS <= drainSeconds) return [];
    return [
      {
        check: "drain-too-short",
        state: "doubtful",
        where: `${where}, plugin ${pluginName(plugin)}`,
        evidence: `lanes.maxAgeSeconds ${age === 0 ? "0 (no limit)" : age}, drain_timeout ${announced} s, Envoy drains for ${drainSeconds} s`,
        reason:
          "Lanes that are older when the drain ends are cut off, with the calls that wait on them.",
        remedy: `Set \`lanes.maxAgeSeconds\` to ${Math.max(1, drainSeconds - announced - LAST_SECONDS)} or less, or a longer \`drainDuration\` in the mesh's proxy configuration.`,
      },
    ];
  });
}
