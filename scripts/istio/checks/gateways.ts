/** Gateways through which a VirtualService says that lanes come. */
import { show } from "../../protocol/wording.js";
import type { Field } from "./field.js";
import { fullName, meansHost } from "./hosts.js";
import type { Mesh, Resource } from "./mesh.js";
import type { Notes } from "./notes.js";
import { entryProtocol, isHttp } from "./port-protocols.js";

export function checkGateways(virtual: Resource, hosts: string[], mesh: Mesh, notes: Notes): void {
  const all: Field[] = [];
  for (const field of virtual.spec.at("gateways").items) {
    const gateway = find(field.text ?? "", virtual.namespace, mesh);
    if (gateway === undefined) continue;
    const servers = gateway.spec.at("servers").items;
    const http = servers.filter(takesHttp);
    all.push(...http);
    if (http.length === 0) {
      const message = `is ${show(field.text)}, which has no server of protocol HTTP2`;
      const remedy = `Write \`protocol: HTTP2\` for the port in the Gateway ${gateway.name}.`;
      notes.error(field, message, remedy);
    } else if (!http.some((server) => takesHosts(server, gateway, virtual, hosts))) {
      const message = `is ${show(field.text)}, which takes no requests for ${hosts.join(", ")}`;
      notes.error(field, message, `Add the host to \`servers.hosts\` of ${gateway.name}.`);
    }
  }
  if (all.length > 0) checkPorts(virtual, all, notes);
}

/** `match.port` of rules for gateways only. */
function checkPorts({ spec }: Resource, servers: Field[], notes: Notes): void {
  if (spec.at("gateways").texts.includes("mesh")) return;
  const ports = servers.flatMap((server) => server.at("port", "number").number ?? []);
  for (const rule of spec.at("http").items) {
    for (const match of rule.at("match").items) {
      const port = match.at("port");
      if (port.number === undefined || ports.includes(port.number)) continue;
      const message = `is ${port.number}, but the gateway listens on ${ports.join(", ")}`;
      notes.error(port, message, "Write the gateway's port, or drop the condition.");
    }
  }
}

/** A name, or `namespace/name`. */
function find(text: string, namespace: string, mesh: Mesh): Resource | undefined {
  const parts = text.split("/");
  const name = parts.pop();
  const within = parts.pop() ?? namespace;
  return mesh.all("Gateway").find((it) => it.name === name && it.namespace === within);
}

function takesHttp(server: Field): boolean {
  const protocol = entryProtocol(server.at("port"));
  if (protocol === "https") return server.at("tls", "mode").text !== "PASSTHROUGH";
  return isHttp(protocol) && protocol !== "guessed";
}

function takesHosts(server: Field, gateway: Resource, virtual: Resource, hosts: string[]): boolean {
  return server.at("hosts").texts.some((text) => {
    const [name = "", namespace = "*"] = text.split("/").reverse();
    const within = namespace === "." ? gateway.namespace : namespace;
    if (within !== "*" && within !== virtual.namespace) return false;
    const pattern = fullName(name, virtual.namespace);
    return hosts.some((host) => meansHost(pattern, host) || meansHost(host, pattern));
  });
}
