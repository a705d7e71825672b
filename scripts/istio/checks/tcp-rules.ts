/** Rules for TCP and TLS: not for lanes, which are HTTP/2; and what mode `connection` can't do. */
import { titleOf } from "../../protocol/protocols.js";
import type { Field } from "./field.js";
import type { Spoken } from "./mesh.js";
import type { Notes } from "./notes.js";

/** The `tcp` and `tls` rules of a VirtualService for lanes. */
export function checkTcp(spec: Field, lanes: Spoken[], notes: Notes): void {
  const ports = lanes.map(({ port }) => port);
  for (const kind of ["tcp", "tls"] as const) {
    for (const rule of spec.at(kind).items) {
      const meant = rule.at("match").items.flatMap((match) => match.at("port").number ?? []);
      if (meant.length > 0 && !meant.some((port) => ports.includes(port))) continue;
      const message = `does nothing for port ${ports.join(", ")}, which is HTTP/2 to Istio`;
      notes.error(rule, message, "Write the rule under `http`.");
    }
  }
}

/** The rules for services of which Istio sees TCP connections only. */
export function checkConnectionRules(spec: Field, [service]: Spoken[], notes: Notes): void {
  if (service === undefined) return;
  const { mode, protocol, host, port } = service;
  const title = titleOf(protocol.protocol);
  for (const rule of spec.at("http").items) {
    const message = `does nothing: in mode \`${mode}\` ${host}:${port} is TCP to Istio`;
    const remedy =
      mode === "connection" && title !== "kafka"
        ? "Write `mode: lanes`, or `spec.services.routes` in the ApplicationProtocol."
        : `Requests of ${title} are not routed by Istio: drop the rule.`;
    notes.error(rule, message, remedy);
  }
  if (mode !== "connection") return;
  for (const rule of spec.at("tcp").items) {
    const targets = rule.at("route");
    if (targets.items.length < 2) continue;
    const message = "has weights, by which Envoy overrides the cluster that the filter picks";
    const remedy = "Keep one destination; weights go into `spec.services.routes.to`.";
    notes.error(targets, message, remedy);
  }
}
