/** What the shared cases have to know of a protocol to try its codec. */
import { recordings } from "../support/recordings.js";
import type { Kind, Opener } from "./support/probe.js";

/** A good frame. */
export interface Sample {
  name: string;
  frame: Buffer;
  fromServer: boolean;
  /** What it is; undefined: nobody told. */
  kind?: Kind;
}

/** A number on the wire that lengths depend on. */
export interface LengthField {
  at: number;
  /** Bytes of it. */
  size: number;
  littleEndian?: boolean;
  /**
   * What `measure` has to say of a frame whose field is `value`: the length, or null if no frame is
   * like that; absent: any length, as long as it does not overflow.
   */
  declares?: (value: bigint) => bigint | null;
}

export interface Attachments {
  /** A request with these, in this order, and some arguments. */
  request: (pairs: readonly (readonly [string | Buffer, string | Buffer])[]) => Buffer;
  /** Whether the protocol has no way to write this name or value. */
  lacks?: (text: string, what: "name" | "value") => boolean;
  /** Whether `change` writes this text in another way, e.g. `?` for what the protocol lacks. */
  alters?: (text: string) => boolean;
  /** Requests can be changed. */
  mutable: boolean;
  /**
   * Whether a sample that gets an attachment and loses it again is the same frame as before; those
   * that have no place for attachments at first may keep the place. Default: yes.
   */
  restores?: (sample: Sample) => boolean;
}

export interface Protocol {
  name: string;
  /** Opens it in a module; default: by its name. */
  opener?: Opener;
  /** The module in dist/; default: probe.wasm, which has the codecs of argot.wasm. */
  module?: string;
  samples: readonly Sample[];
  /** The first bytes of every frame: the values that each may have. */
  magic: readonly (readonly number[])[];
  /** The numbers of a frame by which `measure` goes. */
  lengths: readonly LengthField[];
  /** `measure` may need more than `headerLength` bytes. */
  scans?: boolean;
  /** Which requests bear no ids (see Codec.isOrdered): all, or those with the id 0. */
  ordered?: "always" | "without id";
  /** Ids that its requests can have to tell them apart, the smallest and the largest included. */
  ids: readonly bigint[];
  /** A request with this id (0 if there are none). */
  request: (id: bigint) => Buffer;
  /**
   * A request for the benchmark: an argument of 128 bytes and, if the protocol has any, four
   * attachments, of which one is `user`.
   */
  typical: Buffer;
  /** Frames of a kind that the protocol does not have: none of them is taken for a request. */
  unknownKinds?: readonly Buffer[];
  /** A client's heartbeat with this id, and how its answer looks, if both are known. */
  heartbeat?: (id: bigint) => Buffer;
  oneway?: boolean;
  streams?: boolean;
  /** Servers have a frame by which they say goodbye. */
  goodbye?: boolean;
  /** What can be read of its error replies; default: that they are some, and their message. */
  errors?: "message" | "flag" | "nothing";
  /** Whether this error reply is one that clients can read, but not the codec. */
  isOnlyForClients?(reply: Buffer): boolean;
  /** The message in what is read of an error reply; default: that itself. */
  messageOf?: (text: string) => string;
  attachments?: Attachments;
  /** dist/inspect.wasm speaks it. Default: it does. */
  inspected?: boolean;
  /** The codec says which bytes decide the values (`Metadata.headAt`). Default: it does. */
  recognises?: boolean;
  /** Makes the lengths tell what is there, so that the contents of a mutated frame are read. */
  fix: (frame: Buffer) => void;
}

/** The attachments of typical requests. */
export const typicalPairs: readonly (readonly [string, string])[] = [
  ["user", "alice"],
  ["group", "blue"],
  ["trace-id", "0af7651916cd43dd8448eb211c80319c"],
  ["timeout", "8000"],
];
/** The argument of typical requests. */
export const ARGUMENT = "abcdefghijklmnopqrstuvwxyz".repeat(5).slice(0, 128);

/** The recorded frames in a folder of tests/fixtures as samples. */
export function recordedSamples(folder: string): Sample[] {
  return recordings(folder).map(({ name, frame, fromServer, expected }) => ({
    name: `${folder}/${name}`,
    frame,
    fromServer,
    ...(typeof expected.kind === "string" && { kind: expected.kind as Kind }),
  }));
}

/** A number as bytes. */
export function numberBytes(
  value: bigint,
  { size, littleEndian }: Pick<LengthField, "size" | "littleEndian">,
): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt.asUintN(64, value));
  const end = bytes.subarray(8 - size);
  return littleEndian ? end.reverse() : end;
}

/** The extremes of unsigned numbers of so many bits. */
export function idsOf(bits: 16 | 32 | 64): bigint[] {
  const ids = [
    0n,
    1n,
    (1n << BigInt(bits - 1)) - 1n,
    1n << BigInt(bits - 1),
    (1n << BigInt(bits)) - 1n,
  ];
  return bits === 64 ? [...idsOf(32), ...ids] : ids;
}
