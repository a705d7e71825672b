/**
 * What Istio takes a port for: istio/pkg/config/kube/conversion.go (ConvertProtocol) and
 * istio/pkg/config/protocol/instance.go.
 */
import type { Field } from "./field.js";

/** `guessed`: Istio looks at the first bytes of each connection. */
export type PortProtocol =
  | "http2"
  | "grpc"
  | "grpc-web"
  | "http"
  | "http_proxy"
  | "tcp"
  | "tls"
  | "https"
  | "udp"
  | "mongo"
  | "redis"
  | "mysql"
  | "guessed";

const known: readonly string[] = [
  ...["http2", "grpc", "grpc-web", "http", "http_proxy"],
  ...["tcp", "tls", "https", "udp", "mongo", "redis", "mysql"],
];

/** Values of `appProtocol` that Kubernetes defines. */
const kubernetes: Record<string, PortProtocol> = {
  "kubernetes.io/h2c": "http2",
  "kubernetes.io/ws": "http",
  "kubernetes.io/wss": "https",
};

/** Ports on which Istio never guesses: the server may speak first there. */
const neverGuessed = [25, 53, 3306, 27017];

/** Of a port of a Service: `appProtocol` decides, or else the first word of the name. */
export function serviceProtocol(port: Field): PortProtocol {
  if (port.at("protocol").text === "UDP") return "udp";
  const appProtocol = port.at("appProtocol").text;
  const standard = appProtocol === undefined ? undefined : kubernetes[appProtocol];
  if (standard !== undefined) return standard;
  const name = (appProtocol ?? port.at("name").text ?? "").toLowerCase();
  const word = name.startsWith("grpc-web") ? "grpc-web" : (name.split("-")[0] ?? "");
  const found = parse(word);
  const number = port.at("port").number ?? 0;
  return found === "guessed" && neverGuessed.includes(number) ? "tcp" : found;
}

/** Of a port of a ServiceEntry, a Sidecar or a Gateway: `protocol` says it. */
export function entryProtocol(port: Field): PortProtocol {
  return parse((port.at("protocol").text ?? "").toLowerCase());
}

/** Istio routes it by http rules. */
export function isHttp(protocol: PortProtocol): boolean {
  return ["http2", "grpc", "grpc-web", "http", "http_proxy", "guessed"].includes(protocol);
}

function parse(word: string): PortProtocol {
  return known.includes(word) ? (word as PortProtocol) : "guessed";
}
