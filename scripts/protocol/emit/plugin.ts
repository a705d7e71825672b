/** The filter's own configuration for one service. */
import { toProgram } from "../../declared/program.js";
import type { PluginConfiguration, PluginRule } from "../checks-plugin.js";
import type { ApplicationProtocol, Service } from "../model.js";
import { clusterName } from "./names.js";

/** Most bytes that are read before the first request of a connection must be readable. */
export const FIRST_FRAME_BYTES = 65536;

/**
 * As scripts/schema/plugin.schema.json describes it.
 * @param clusterOf names the cluster of a subset, for mode `connection`
 */
export function pluginConfiguration(
  protocol: ApplicationProtocol,
  service: Service,
  clusterOf: typeof clusterName = clusterName,
): PluginConfiguration {
  const { maxFrameBytes, maxMetadataBytes, maxConnections, attachments, lanes } = protocol;
  const given = protocol.protocol;
  return {
    protocol: typeof given === "string" ? given : toProgram(given),
    mode: protocol.mode,
    name: protocol.name,
    ...(protocol.revision !== undefined && { revision: protocol.revision }),
    routeOn: protocol.routeOn,
    ...(maxFrameBytes !== undefined && { maxFrameBytes }),
    ...(maxMetadataBytes !== undefined && { maxMetadataBytes }),
    ...(maxConnections !== undefined && { maxConnections }),
    ...(attachments !== undefined && { attachments }),
    ...(protocol.mode === "lanes"
      ? { authority: service.host, ...(lanes && { lanes }) }
      : {
          connection: { maxFirstFrameBytes: FIRST_FRAME_BYTES, rules: rulesOf(service, clusterOf) },
        }),
  };
}

function rulesOf(service: Service, clusterOf: typeof clusterName): PluginRule[] {
  return service.routes.map(({ name, match, to }) => ({
    name,
    ...(match.length > 0 && { match }),
    clusters: to.map(({ subset, weight }) => ({ name: clusterOf(service, subset), weight })),
  }));
}
