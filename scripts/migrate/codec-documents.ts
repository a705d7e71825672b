/** Aeraki's ApplicationProtocols: which codec a protocol has. */
import { codecOf, ownCodec, type Codec } from "./codecs.js";
import type { Resource } from "./resources.js";
import type { CodecLookup } from "./services.js";

/** Protocols that Aeraki knows without an ApplicationProtocol. */
const BUILT_IN = ["dubbo", "thrift"];

/** @param own protocols by what Argot calls them */
export function readCodecs(
  resources: readonly Resource[],
  own: Readonly<Record<string, string>>,
): CodecLookup {
  const codecs = new Map<string, Codec | undefined>();
  for (const resource of resources) {
    if (resource.kind !== "ApplicationProtocol" || !resource.group.endsWith("aeraki.io")) continue;
    const spec = resource.root.at("spec");
    const protocol = spec.at("protocol").needed("Write the name that ports use, e.g. dubbo.");
    const name = spec.at("codec").needed("Write e.g. aeraki.meta_protocol.codec.dubbo.");
    if (protocol === "" || name === "") continue;
    const codec = Object.hasOwn(own, protocol) ? undefined : codecOf(name);
    codecs.set(protocol, codec);
    spec.at("protocol").maps("ApplicationProtocol metadata.name");
    if (codec !== undefined)
      spec.at("codec").maps(`ApplicationProtocol spec.protocol: ${codec.protocol}`);
    else if (Object.hasOwn(own, protocol)) spec.at("codec").maps(`spec.protocol: ${own[protocol]}`);
    else {
      spec
        .at("codec")
        .none(
          `Argot has no such codec. Describe the protocol (\`argot new ${protocol}\`), ` +
            `and migrate again with \`--protocol ${protocol}=./${protocol}.yaml\`.`,
        );
    }
  }
  return (protocol) => {
    if (Object.hasOwn(own, protocol)) return ownCodec(own[protocol] ?? "");
    if (codecs.has(protocol)) return codecs.get(protocol);
    return BUILT_IN.includes(protocol) ? codecOf(protocol) : undefined;
  };
}
