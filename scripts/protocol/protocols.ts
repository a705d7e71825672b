/** What configuration has to know of each protocol. */
import { carries, keysOf } from "../declared/keys.js";
import type { Description } from "../declared/model.js";
import type { Program } from "../declared/program.js";
import type { Mode } from "./model.js";

export interface ProtocolFacts {
  /**
   * Argot has no codec for it, and filters of Envoy's own serve it: the modes that they have, the
   * default first. docs/decisions/0012-redis-and-kafka.md says why.
   */
  nativeModes?: readonly [Mode, ...Mode[]];
  /** Does a request of this protocol have the key? */
  carries(key: string): boolean;
  /** Its keys in words, for error messages. */
  keys: string;
  /** Requests have room for attachments that a proxy adds. */
  changesAttachments: boolean;
  /** The server sends the first byte of a connection, so no request can pick its cluster. */
  serverSpeaksFirst: boolean;
}

const facts = {
  dubbo: {
    carries: () => true,
    keys: "service, method, version, group, parameterTypes and attachment.<name>",
    changesAttachments: true,
    serverSpeaksFirst: false,
  },
  awesomerpc: {
    carries: (key) => key === "method" || key === "version",
    keys: "method (the command's number) and version",
    changesAttachments: false,
    serverSpeaksFirst: false,
  },
  redis: {
    nativeModes: ["native", "connection"],
    carries: (key) => key === "key",
    keys: "key",
    changesAttachments: false,
    serverSpeaksFirst: false,
  },
  kafka: {
    nativeModes: ["connection"],
    carries: () => false,
    keys: "none",
    changesAttachments: false,
    serverSpeaksFirst: false,
  },
  thrift: {
    carries: (key) => key === "service" || key === "method" || key.startsWith("attachment."),
    keys: "service (of multiplexed calls), method and attachment.<name> (THeader)",
    changesAttachments: true,
    serverSpeaksFirst: false,
  },
  bolt: {
    carries: (key) => key !== "version" && key !== "group",
    keys: "service and method (of SOFARPC), parameterTypes (the content's class) and attachment.<name>",
    changesAttachments: true,
    serverSpeaksFirst: false,
  },
  brpc: {
    carries: (key) => key === "service" || key === "method" || key.startsWith("attachment."),
    keys: "service, method and attachment.<name> (a user field)",
    changesAttachments: true,
    serverSpeaksFirst: false,
  },
  motan2: {
    carries: () => true,
    keys: "service, method, version, group, parameterTypes and attachment.<name>",
    changesAttachments: true,
    serverSpeaksFirst: false,
  },
  trpc: {
    carries: (key) => key !== "group" && key !== "parameterTypes",
    keys: "service (the callee), method (the whole func, e.g. /package.Service/Method), version (of the protocol) and attachment.<name>",
    changesAttachments: true,
    serverSpeaksFirst: false,
  },
} satisfies Record<string, ProtocolFacts>;

/** A protocol of the standard module, or of a module of the user's. */
export type ProtocolName = keyof typeof facts | (string & {});

/** What is known of a protocol whose codec is the user's: nothing that a check could rest on. */
const ownFacts: ProtocolFacts = {
  carries: () => true,
  keys: "whatever its codec reports",
  changesAttachments: true,
  serverSpeaksFirst: false,
};

/** Those of the standard module, and those that Envoy serves itself. */
export const protocols: Record<keyof typeof facts, ProtocolFacts> = facts;

/** A protocol that Argot knows by name, or one that somebody described; as the filter takes it, too. */
export type Protocol = ProtocolName | Description | Program;

export function factsOf(protocol: Protocol): ProtocolFacts {
  if (typeof protocol === "string") {
    const standard: Partial<Record<string, ProtocolFacts>> = protocols;
    return standard[protocol] ?? ownFacts;
  }
  const isProgram = "program" in protocol;
  return {
    carries: (key) => isProgram || carries(protocol, key),
    keys: isProgram ? "what its description says" : keysOf(protocol),
    changesAttachments: false,
    serverSpeaksFirst: false,
  };
}

/** What it is called in messages. */
export function titleOf(protocol: Protocol): string {
  return typeof protocol === "string" ? protocol : protocol.name;
}

/** Argot's filter reads it. */
export function hasCodec(protocol: Protocol): boolean {
  return factsOf(protocol).nativeModes === undefined;
}

/** How it can be served, the default first. */
export function modesOf(protocol: Protocol): readonly [Mode, ...Mode[]] {
  return factsOf(protocol).nativeModes ?? ["lanes", "connection"];
}
