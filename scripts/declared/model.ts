/**
 * A protocol's description as the filter interprets it and the build compiles it: checked, every
 * name resolved, nothing left to guess. `load.ts` makes it of a `kind: Protocol` document; it is
 * plain JSON, and stands in the plugin's configuration as it is.
 *
 * Numbers have names: fields of the frame, bits of them, and protobuf numbers (`meta.4`). Spans,
 * too, are named: elements of bytes, and protobuf fields of them (`meta.1.1`).
 */

export interface Description {
  name: string;
  /** What a frame consists of, in order. */
  elements: Element[];
  /** The frame's length in bytes; absent: it ends with its last element, which is not `rest`. */
  length?: Sum;
  /** What is read of elements that hold a protobuf message. */
  leaves: Leaf[];
  /** The number that is the request id; absent: there is none, answers come in order. */
  id?: string;
  /** A request may stay without an answer for good. */
  silent?: boolean;
  /** The first whose conditions all hold is the frame's kind; if none does, it is malformed. */
  kinds: { kind: KindName; when: Test[] }[];
  request: RequestValues;
  response: ResponseValues;
  /**
   * Numbers of a request that replies copy, packed into `replyContext` from the lowest bit on; at
   * most 31 bits together.
   */
  context: { name: string; bits: number }[];
  errorReply?: Reply;
  pong?: Reply;
  goodbye?: Reply;
  /** Which bytes decide the metadata; absent: none, or it can't be told. */
  head?: Head;
}

/** A sum: `add` and each number `times` so often. All are numbers of at most 32 bits. */
export interface Sum {
  add: number;
  terms: { name: string; times: number }[];
}

/** `when`: the element is there only where all hold; they name elements before it. */
export type Element = { name: string; when?: Test[] } & (
  | {
      type: "number";
      /** Bytes. */
      size: 1 | 2 | 3 | 4 | 8;
      little: boolean;
      signed: boolean;
      /** The only values that it may have. */
      is?: number[];
      /** Numbers of their own: the masked bits, shifted down to the lowest one. */
      bits?: { name: string; mask: number }[];
    }
  | { type: "varint" }
  | { type: "constant"; hex: string }
  /** So many bytes. */
  | { type: "bytes"; size: Sum }
  /** All bytes up to the frame's end. */
  | { type: "rest" }
  /** A length, then so many bytes. */
  | { type: "prefixed"; prefix: Prefix }
);

export type Prefix = { varint: true } | { size: 1 | 2 | 3 | 4; little: boolean };

/**
 * A field of a protobuf message in the element `part`. The last occurrence counts; one of another
 * wire type than `as` wants is not seen.
 */
export interface Leaf {
  /** E.g. `meta.1.1`. */
  name: string;
  part: string;
  /** Field numbers, from the outside in. */
  path: number[];
  /** `number`: varint, fixed32, fixed64; absent counts as 0. `map`: entries of key 1, value 2. */
  as: "number" | "bytes" | "map";
}

export type KindName = "request" | "oneway" | "response" | "heartbeat" | "pong" | "event";

export type Test =
  | { number: string; in: number[] }
  | { span: string; present: boolean }
  | { attachment: string; present: boolean }
  /** Who sent the frame. */
  | { from: "client" | "server" };

/** Where a value comes from; a number is shown in decimal. */
export type Source =
  { number: string } | { span: string } | { attachment: string } | { text: string };

/** Attachments, all of what is found in a span or a single value by a name of its own. */
export type Attachments =
  | { lines: string }
  | { pairs: string; nameLength: Prefix; valueLength: Prefix }
  | { map: string }
  | { name: string; source: Source };

export const SLOTS = ["service", "method", "version", "group", "parameterTypes"] as const;
export type SlotName = (typeof SLOTS)[number];

/** Of several sources the first that is there counts. */
export type RequestValues = Partial<Record<SlotName, Source[]>> & { attachments: Attachments[] };

export interface ResponseValues {
  /** The number that is the protocol's own status. */
  status?: string;
  /** All hold: the call succeeded. Empty: it always does. */
  success: Test[];
  /** Of a response that is no success: the error's text. */
  message?: Source[];
  attachments: Attachments[];
}

/** How to write a frame. What is not named is 0, or empty; constants are themselves. */
export interface Reply {
  /** Fields and bits. */
  numbers: { name: string; value: NumberValue }[];
  /** Elements of bytes. */
  parts: { name: string; content: Piece[] }[];
  /**
   * Fields that hold a length: of the element `of`, or of the whole frame if that is absent; in the
   * order in which they can be told. The number is the length less `minus`.
   */
  lengths: { name: string; of?: string; minus: number }[];
  /** Longest message in bytes of UTF-8 that leaves room in all length fields; the rest is cut off. */
  most: number;
}

export type NumberValue =
  | { constant: number }
  /** As it was in the request; the name is in `context`. */
  | { copy: string }
  | { id: true }
  /** What happened, as an HTTP status. */
  | { http: true }
  /** The protocol's own word for the HTTP status. */
  | { status: { http: number; is: number }[]; otherwise: number };

export type Piece =
  | { hex: string }
  /** The error's message: as it is, escaped for a JSON string, or as a string of Hessian 2. */
  | { message: "plain" | "json" | "hessian" }
  | { decimal: NumberValue }
  /** As protobuf writes numbers. */
  | { varint: NumberValue }
  /** The length of the content, then the content. */
  | { prefix: Prefix; content: Piece[] };

/**
 * Requests with equal bytes from the element `first` up to the end of the element `all` (of `call`,
 * if no attachments are wanted; absent: the values need none of them) have equal metadata, but for
 * a hole: the elements from `hole.from` to `hole.to`, or the bytes of the protobuf number
 * `hole.leaf`. All are indexes into `elements`.
 */
export interface Head {
  first: number;
  call: number;
  all: number;
  hole?: { from: number; to: number } | { leaf: string };
}
