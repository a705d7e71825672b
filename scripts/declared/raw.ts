/** A `kind: Protocol` document as scripts/schema/protocol.schema.json describes it. */
import type { KindName, SlotName } from "./model.js";

export interface RawProtocol {
  metadata: { name: string };
  spec: RawSpec;
}

export interface RawSpec {
  byteOrder?: "big" | "little";
  frame: Record<string, string | RawElement>;
  length?: string | number;
  id: string;
  silent?: boolean;
  kinds: Partial<Record<KindName, RawTests>>;
  request?: Partial<Record<SlotName, RawSource>> & { attachments?: RawAttachments };
  response?: {
    status?: string;
    success?: RawTests;
    message?: RawSource;
    attachments?: RawAttachments;
  };
  errorReply?: RawReply;
  pong?: RawReply;
  goodbye?: RawReply;
}

export interface RawElement {
  type: string;
  byteOrder?: "big" | "little";
  is?: number | number[];
  bits?: Record<string, number>;
  when?: RawTests;
}

/** By name: a number, one of several, `present`, `absent`; of `from`: `client` or `server`. */
export type RawTests = Record<string, number | number[] | string>;

export type RawSource = string | string[];
export type RawAttachments = string | Record<string, string> | (string | Record<string, string>)[];
export type RawReply = Record<string, number | string | Record<string, number>>;
