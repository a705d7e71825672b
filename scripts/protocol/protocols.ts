/** What configuration has to know of each protocol. */

export interface ProtocolFacts {
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
} satisfies Record<string, ProtocolFacts>;

export type ProtocolName = keyof typeof facts;
export const protocols: Record<ProtocolName, ProtocolFacts> = facts;
