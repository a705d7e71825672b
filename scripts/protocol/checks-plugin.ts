/** What the schema of the plugin's configuration cannot say. */
import { checkAttachments } from "./checks-attachments.js";
import { checkModule } from "./checks-module.js";
import type { Program } from "../declared/program.js";
import { checkMatches, checkRouteOn } from "./checks-match.js";
import { type AttachmentEdits, DEFAULT_ROUTE_ON, type Match, type Mode } from "./model.js";
import type { Finding } from "./problem.js";
import { factsOf, type ProtocolName, titleOf } from "./protocols.js";

/** The plugin's configuration, as scripts/schema/plugin.schema.json describes it. */
export interface PluginConfiguration {
  protocol: ProtocolName | Program;
  mode: Mode;
  name?: string;
  revision?: string;
  routeOn?: string[];
  authority?: string;
  maxFrameBytes?: number;
  maxMetadataBytes?: number;
  maxConnections?: number;
  attachments?: AttachmentEdits;
  lanes?: { maxRequests?: number; maxAgeSeconds?: number; maxBufferedBytes?: number };
  connection?: { maxFirstFrameBytes?: number; rules: PluginRule[] };
}
export interface PluginRule {
  name?: string;
  match?: Match[];
  clusters: { name: string; weight?: number }[];
}

/** For a configuration that the schema accepts. */
export function checkPlugin(config: PluginConfiguration): Finding[] {
  const { protocol, mode, connection } = config;
  const routeOn = config.routeOn ?? DEFAULT_ROUTE_ON;
  const found = [
    ...checkModule(mode, ["mode"]),
    ...checkRouteOn(routeOn, protocol, ["routeOn"], mode),
  ];
  const stray = mode === "lanes" ? (["connection"] as const) : (["lanes", "authority"] as const);
  for (const name of stray) {
    if (config[name] === undefined) continue;
    found.push({
      path: [name],
      onKey: true,
      message: `is of no use in mode \`${mode}\``,
      remedy: "Remove it, or change `mode`.",
    });
  }
  found.push(...checkAttachments(config.attachments, protocol, mode, ["attachments"]));
  if (mode === "connection") {
    if (connection === undefined) {
      found.push({
        path: [],
        message: "`connection` is missing",
        remedy: "Add it: mode `connection` needs rules that pick a cluster.",
      });
    }
    if (factsOf(protocol).serverSpeaksFirst) {
      found.push({
        path: ["mode"],
        message: `in ${titleOf(protocol)} the server speaks first, so no request can pick its cluster`,
        remedy: "Write `mode: lanes`.",
      });
    }
  }
  return [...found, ...checkRules(connection?.rules ?? [], routeOn)];
}

function checkRules(rules: PluginRule[], routeOn: string[]): Finding[] {
  return rules.flatMap((rule, i) => {
    const path = ["connection", "rules", i];
    const match = rule.match ?? [];
    const found = checkMatches(match, [...path, "match"], routeOn, ["routeOn"], "connection");
    if (rule.clusters.every(({ weight }) => weight === 0)) {
      found.push({
        path: [...path, "clusters"],
        message: "has weight 0 for every cluster, so connections have nowhere to go",
        remedy: "Give at least one cluster a weight above 0.",
      });
    }
    const all = rules.findIndex(({ match = [] }) => match.length === 0);
    if (all >= 0 && all < i) {
      found.push({
        path,
        message: "is never reached: an earlier rule takes everything",
        remedy: "Move it up, or give the earlier rule a `match`.",
      });
    }
    return found;
  });
}
