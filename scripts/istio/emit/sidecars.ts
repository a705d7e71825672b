/** Sidecar resources: listeners on the services' own addresses, in clients' namespaces. */
import { noted } from "../../protocol/emit/notes.js";
import type { ApplicationProtocol, Phase } from "../../protocol/model.js";
import { metadataOf, type Resource } from "../resource.js";

/** A listener bound to an address has no http_inspector, and stays the same one as TCP becomes HTTP2. */
export function clientSidecars(protocol: ApplicationProtocol, phase: Phase): Resource[] {
  const { services, istio } = protocol;
  const isTcp = phase === "prepare";
  const listeners = services.flatMap(({ host, port, addresses = [] }) =>
    addresses.map((bind) => ({
      port: {
        number: port,
        name: isTcp ? `tcp-${protocol.name}` : `http2-${protocol.name}`,
        protocol: isTcp ? "TCP" : "HTTP2",
      },
      bind,
      hosts: [`*/${host}`],
    })),
  );
  return (istio?.clients ?? []).map((namespace) => ({
    apiVersion: "networking.istio.io/v1",
    kind: "Sidecar",
    metadata: metadataOf(protocol, { suffix: "clients", namespace }),
    spec: {
      egress: [...listeners, noted("All else as without a Sidecar.", { hosts: ["*/*"] })],
    },
  }));
}
