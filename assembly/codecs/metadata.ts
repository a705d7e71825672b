/** What a frame says of itself: filled by codecs, read by the filter. */
import { sameBytes } from "../bytes/same";

/** What a frame is to the one who forwards it. */
export enum Kind {
  /** Expects a response. */
  REQUEST = 0,
  /** Expects none. */
  ONEWAY = 1,
  /** Keeps the connection alive; `reply` tells question from answer. */
  HEARTBEAT = 2,
  /** One side tells the other something of itself, e.g. Dubbo's READONLY; no answer. */
  EVENT = 3,
  /** Answers a request. */
  RESPONSE = 4,
  /** Belongs to the stream `Metadata.streamId`: goes where the frame went that began it. */
  STREAM = 5,
}

/** What a frame is to the stream that it belongs to; bits. */
export enum Part {
  NONE = 0,
  /** The client begins the stream: the frame has a request's metadata and is routed by them. */
  BEGINS = 1,
  /** Its sender says no more on the stream. */
  ENDS = 2,
  /** The stream is over, in both directions. */
  ABORTS = 4,
  /** The server answers the request `Metadata.answers` by this frame, too. */
  ANSWERS = 8,
}

/** How an attachment's value is encoded in the span that is reported for it. */
export enum ValueType {
  /** UTF-8 text. */
  STRING = 0,
  /** A number as decimal text (written to the scratch by the codec). */
  NUMBER = 1,
  /** `true` or `false` as text. */
  BOOL = 2,
  /** No value. */
  NULL = 3,
  /** A list, map or object in the protocol's own encoding: no value to route on. */
  ENCODED = 4,
}

/** How far `Codec.readMetadata` has to read. */
export enum Depth {
  /** service, method, version and whatever else lies before the arguments. */
  CALL = 0,
  /** Also what lies behind the arguments: group, attachments. */
  ATTACHMENTS = 1,
}

/** Places of the values that every protocol may have; attachments follow from ATTACHMENTS on. */
export enum Slot {
  SERVICE = 0,
  METHOD = 1,
  VERSION = 2,
  GROUP = 3,
  PARAMETER_TYPES = 4,
  ATTACHMENTS = 5,
}

/** Most attachments that one configuration can route on. */
export const MAX_WANTED: u32 = 16;
const SLOTS: u32 = Slot.ATTACHMENTS + MAX_WANTED;
/** Room for values that do not lie in the frame as text: numbers, chunked strings. */
const SCRATCH_SIZE: u32 = 16384;

export class Metadata {
  // --- the head, by Codec.readHead
  kind: Kind = Kind.REQUEST;
  /** Sent by the one who was asked: a response or a heartbeat's answer. */
  reply: bool = false;
  requestId: u64 = 0;
  /** What the codec must remember of a request to answer it later; less than 2^32 - 1. */
  replyContext: u32 = 0;
  /** The protocol's own status of a response. */
  status: i32 = 0;
  /**
   * Of a Kind.STREAM, and of a request whose `part` has BEGINS: the stream, by the name that its
   * client gave it, whoever sent the frame.
   */
  streamId: u64 = 0;
  /** Bits of Part; codecs without streams leave it alone. */
  part: u32 = Part.NONE;
  /** Of a Kind.STREAM whose `part` has ANSWERS: the id of the request that it answers. */
  answers: u64 = 0;
  /**
   * Addresses of bytes that differ between requests with the same metadata, e.g. a request id
   * of varying length, if they lie between `headAt` and `headEnd`; 0: none.
   */
  holeAt: usize = 0;
  holeEnd: usize = 0;

  // --- by Codec.readReply
  isError: bool = false;
  errorMessage: usize = 0;
  errorMessageLength: u32 = 0;

  // --- what to read, set by the caller
  /** The frame came from the server: some protocols do not tell requests from responses. */
  fromServer: bool = false;
  depth: Depth = Depth.CALL;

  // --- by Codec.readMetadata: the bytes that decide the values; all 0: it does not tell
  /**
   * Addresses. Another request with the same bytes from `headAt` to `headEnd`, but for a hole at
   * the same place, the same `replyContext` and, if `tailAt` is not 0, the same bytes from `tailAt`
   * to the frame's end has the same values. Between head and tail lie arguments: `Codec.skipArguments` tells where
   * the tail begins.
   */
  headAt: usize = 0;
  headEnd: usize = 0;
  tailAt: usize = 0;
  /** How many arguments lie between head and tail. */
  argumentCount: u32 = 0;

  /** Address and length a slot; address 0: the frame has no such value. */
  private spans: StaticArray<usize> = new StaticArray<usize>(2 * SLOTS);
  private wantedNames: StaticArray<usize> = new StaticArray<usize>(2 * MAX_WANTED);
  private wanted: u32 = 0;
  /** Bit n: a name of n bytes (modulo 64) is wanted. */
  private wantedLengths: u64 = 0;
  private scratch: usize = heap.alloc(SCRATCH_SIZE);
  private scratchUsed: u32 = 0;

  /**
   * Asks for the attachment `name`; codecs then report its value in the slot that is returned.
   * For configuration time: the name is copied and kept.
   */
  want(name: string): u32 {
    assert(this.wanted < MAX_WANTED, "too many attachments to route on");
    const n = String.UTF8.byteLength(name);
    const p = heap.alloc(n + 1);
    String.UTF8.encodeUnsafe(changetype<usize>(name), name.length, p);
    const i = this.wanted++;
    unchecked((this.wantedNames[2 * i] = p));
    unchecked((this.wantedNames[2 * i + 1] = n));
    this.wantedLengths |= (<u64>1) << n;
    this.depth = Depth.ATTACHMENTS;
    return Slot.ATTACHMENTS + i;
  }

  /** Forgets the values of the last frame (not what is wanted). */
  clear(): void {
    memory.fill(changetype<usize>(this.spans), 0, <usize>(2 * SLOTS) * sizeof<usize>());
    this.scratchUsed = 0;
    this.headAt = 0;
    this.headEnd = 0;
    this.tailAt = 0;
    this.isError = false;
    this.errorMessage = 0;
    this.errorMessageLength = 0;
  }


  @inline
  set(slot: u32, p: usize, n: u32): void {
    unchecked((this.spans[2 * slot] = p));
    unchecked((this.spans[2 * slot + 1] = n));
  }
  /** Address of the value in `slot`, 0 if there is none. */
  @inline
  at(slot: u32): usize {
    return unchecked(this.spans[2 * slot]);
  }


  @inline
  length(slot: u32): u32 {
    return <u32>unchecked(this.spans[2 * slot + 1]);
  }

  /** Is the attachment `name` of use? Codecs need not decode the values of others. */
  @inline
  wants(name: usize, nameLength: u32): bool {
    return ((this.wantedLengths >> nameLength) & 1) != 0 && this.isWanted(name, nameLength);
  }

  private isWanted(name: usize, nameLength: u32): bool {
    for (let i: u32 = 0; i < this.wanted; i++) {
      if (
        <u32>unchecked(this.wantedNames[2 * i + 1]) == nameLength &&
        sameBytes(unchecked(this.wantedNames[2 * i]), name, nameLength)
      ) {
        return true;
      }
    }
    return false;
  }

  /**
   * Codecs report every attachment that is wanted here, in the order of the frame; the last of a
   * name wins, even if it is one that can't be routed on.
   */
  attachment(name: usize, nameLength: u32, value: usize, n: u32, type: ValueType): void {
    const at: usize = type >= ValueType.NULL ? 0 : value;
    for (let i: u32 = 0; i < this.wanted; i++) {
      if (
        <u32>unchecked(this.wantedNames[2 * i + 1]) == nameLength &&
        sameBytes(unchecked(this.wantedNames[2 * i]), name, nameLength)
      ) {
        this.set(Slot.ATTACHMENTS + i, at, n);
      }
    }
  }

  /** `n` bytes that live until `clear`; 0: there is no room, the value counts as absent. */
  scratchBytes(n: u32): usize {
    if (n > SCRATCH_SIZE - this.scratchUsed) return 0;
    const p = this.scratch + this.scratchUsed;
    this.scratchUsed += n;
    return p;
  }
}
