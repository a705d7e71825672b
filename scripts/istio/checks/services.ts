/** Services and ServiceEntries: does Istio take their ports for HTTP/2, as lanes need it? */
import { show } from "../../protocol/wording.js";
import type { Field } from "./field.js";
import { fullName, meansHost } from "./hosts.js";
import type { Mesh, Spoken } from "./mesh.js";
import { Notes, type RouteFinding } from "./notes.js";
import { entryProtocol, isHttp, type PortProtocol, serviceProtocol } from "./port-protocols.js";

export function checkServices(mesh: Mesh, found: RouteFinding[]): void {
  for (const { document, name, namespace, spec } of mesh.all("Service")) {
    const notes = new Notes(document, found);
    for (const spoken of mesh.spokenAt(fullName(name, namespace))) {
      const port = portAt(spec, "port", spoken, notes);
      if (port === undefined) continue;
      const isUdp = port.at("protocol").text === "UDP";
      const deciding = isUdp ? ["protocol"] : ["appProtocol", "name"];
      const said = deciding.map((it) => port.at(it)).find(({ exists }) => exists);
      const remedy = isUdp ? "`TCP`, and `appProtocol: http2`" : "`appProtocol: http2`";
      checkPort(said ?? port, serviceProtocol(port), remedy, spoken, notes);
      checkTarget(port.at("targetPort"), spoken, notes);
      checkHeadless(spec.at("clusterIP"), spoken, notes);
    }
  }
  for (const { document, spec } of mesh.all("ServiceEntry")) {
    const notes = new Notes(document, found);
    const hosts = spec.at("hosts").texts;
    for (const spoken of mesh.spoken) {
      if (!hosts.some((host) => meansHost(host.toLowerCase(), spoken.host))) continue;
      const port = portAt(spec, "number", spoken, notes);
      if (port === undefined) continue;
      const said = port.at("protocol").exists ? port.at("protocol") : port;
      checkPort(said, entryProtocol(port), "`protocol: HTTP2`", spoken, notes);
      checkTarget(port.at("targetPort"), spoken, notes);
    }
  }
}

/** The service's port, by its number, which stands in that field. */
function portAt(spec: Field, name: string, spoken: Spoken, notes: Notes): Field | undefined {
  const ports = spec.at("ports");
  const found = ports.items.find((port) => port.at(name).number === spoken.port);
  if (found === undefined && ports.exists) {
    const given = ports.items.map((port) => show(port.at(name).value)).join(", ");
    const message = `has ${given}, but not ${spoken.port}, where ${spoken.protocol.name} is spoken`;
    notes.error(ports, message, "Add the port, or correct `spec.services.port`.");
  }
  return found;
}

/**
 * Is the port what the mode needs?
 * @param remedy how HTTP/2 is declared here
 */
export function checkPort(
  field: Field,
  protocol: PortProtocol,
  remedy: string,
  { mode, port, protocol: { name, istio } }: Spoken,
  notes: Notes,
): void {
  if (istio?.phase === "prepare") return; // it is TCP until it is switched
  if (mode !== "lanes") {
    if (!isHttp(protocol) || protocol === "guessed") return;
    const message = `is ${protocol} to Istio, but in mode \`${mode}\` ${name} is TCP`;
    notes.error(field, message, "Write tcp.");
  } else if (protocol === "guessed") {
    const message = `leaves Istio to guess the protocol of port ${port}, and ${name} is none it knows`;
    notes.error(field, message, `Write ${remedy}.`);
  } else if (protocol === "http" || protocol === "http_proxy") {
    const message = `is HTTP/1 to Istio, and with mutual TLS the lanes of ${name} fail`;
    notes.error(field, message, `Write ${remedy}.`);
  } else if (protocol === "grpc" || protocol === "grpc-web") {
    const message = `is ${protocol} to Istio, which works, but counts lanes as gRPC calls`;
    notes.warning(field, message, `Write ${remedy}.`);
  } else if (protocol !== "http2") {
    const message = `is ${protocol} to Istio, so no lane of ${name} gets through port ${port}`;
    notes.error(field, message, `Write ${remedy}.`);
  }
}

/** Without an address of its own: that of a server is called. */
function checkHeadless(address: Field, { mode, protocol }: Spoken, notes: Notes): void {
  if (address.text !== "None" || mode !== "lanes") return;
  const { interception, outbound } = protocol.istio ?? {};
  if (outbound === "sidecar" && interception !== "NONE") {
    const message = "makes it headless, so that no listener can be bound to its address";
    notes.error(address, message, "Give it an address, or write `spec.istio.outbound: chain`.");
  } else if (protocol.services.length > 1) {
    const message =
      "makes it headless, so that lanes carry a server's address, which has no routes";
    notes.error(address, message, "Give the service an ApplicationProtocol of its own.");
  }
}

/** The filter of a server's sidecar is chosen by the port on which the server listens. */
function checkTarget(target: Field, { service, mode, protocol }: Spoken, notes: Notes): void {
  const expected = service.targetPort ?? service.port;
  if (target.number === undefined || target.number === expected || mode !== "lanes") return;
  if (protocol.istio?.sides?.includes("server") === false) return;
  const message = `is ${target.number}, but ${protocol.name} says that servers listen on ${expected}`;
  notes.error(target, message, `Write \`targetPort: ${target.number}\` in its \`spec.services\`.`);
}
