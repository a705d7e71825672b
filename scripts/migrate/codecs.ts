/** Aeraki's codecs: which protocol of Argot is theirs, and which keys their attributes are. */
import { hasCodec, type ProtocolName } from "../protocol/protocols.js";

export interface Codec {
  /** The protocol, as Argot's `spec.protocol` names it. */
  protocol: ProtocolName;
  /** Aeraki's attributes that have a key of another name. */
  keys: Record<string, string>;
  /** All other attributes are attachments (Dubbo), or what the protocol has in their place. */
  hasAttachments: boolean;
  /** Attributes that Aeraki has and Argot has not. */
  lost?: Record<string, string>;
  /** Aeraki's codec carries out `requestMutation`. */
  mutates: boolean;
  /** What Aeraki's codec does not read, so that no match on it ever held. */
  blind?: boolean;
}

const PREFIX = "aeraki.meta_protocol.codec.";

/** By the end of their names; src/application_protocols/… of aeraki-mesh/meta-protocol-proxy. */
const codecs: Record<string, Codec> = {
  dubbo: {
    protocol: "dubbo",
    keys: { interface: "service", method: "method" },
    hasAttachments: true,
    mutates: true,
  },
  thrift: { protocol: "thrift", keys: { method: "method" }, hasAttachments: false, mutates: false },
  trpc: {
    protocol: "trpc",
    keys: { callee: "service", func: "method" },
    hasAttachments: true,
    lost: { caller: "the calling service's name is no key" },
    mutates: true,
  },
  brpc: {
    protocol: "brpc",
    keys: { service: "service", method: "method" },
    hasAttachments: true,
    mutates: false,
    blind: true,
  },
  awesomerpc: {
    protocol: "awesomerpc",
    keys: { cmd: "method" },
    hasAttachments: false,
    mutates: false,
  },
};

/** Keys of Argot that are no attachments; a protocol that the user names may have them. */
const KEYS = ["service", "method", "version", "group", "parameterTypes"];

/** The codec of that name, e.g. `aeraki.meta_protocol.codec.dubbo`. */
export function codecOf(name: string): Codec | undefined {
  const short = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name;
  return Object.hasOwn(codecs, short) ? codecs[short] : undefined;
}

/** The codec of a protocol that the user says is `protocol` of Argot: a name, or a file. */
export function ownCodec(protocol: string): Codec {
  const known = hasCodec(protocol) ? codecOf(protocol) : undefined;
  const keys = Object.fromEntries(KEYS.map((key) => [key, key]));
  return known ?? { protocol, keys, hasAttachments: true, mutates: false };
}

/** Argot's key for an attribute, or why there is none. */
export function keyOf(codec: Codec, attribute: string): { key: string } | { lost: string } {
  const own = Object.entries(codec.keys).find(([name]) => name === attribute.toLowerCase());
  if (own !== undefined) return { key: own[1] };
  const lost = codec.lost?.[attribute.toLowerCase()];
  if (lost !== undefined) return { lost };
  if (codec.hasAttachments) return { key: `attachment.${attribute}` };
  return { lost: `requests of ${codec.protocol} have no such attribute` };
}
