/**
 * The frames of calls and answers, made from templates: only the request id and a mark, by which
 * a frame can be told from those of all other lives, are written anew.
 */
import { type CallSpec, keyAt } from "../property/calls.js";
import * as dubbo from "../support/dubbo.js";

/** What a client may send besides proper calls, oneways and heartbeats. */
export type Kind =
  | CallSpec["kind"]
  /** Something that clients do not say: it is dropped. */
  | "response"
  /** A request without metadata: it is refused. */
  | "unreadable"
  /** No frame at all, or one that is too long: nothing behind it counts. */
  | "noise"
  | "too long";

export interface Call {
  kind: Kind;
  key: number;
  /** Length of the one argument, at least MARK. */
  size: number;
}

/** Bytes of the mark: a life's number and a call's. */
export const MARK = 6;
export const HEADER = 16;
/** `maxFrameBytes` of all plugins. */
export const MAX_FRAME = 131_072;

interface Template {
  readonly bytes: Buffer;
  /** Where the mark lies; -1: there is none. */
  readonly mark: number;
}

const MARKER = "\u0001".repeat(MARK);
const requests = new Map<string, Template[]>();
const answers: Template[] = [];

/** Who a frame belongs to. Ids straddle 2^32, 2^63 and 2^64: they are unsigned. */
export interface Owner {
  readonly life: number;
  readonly idHigh: number;
  readonly idLow: number;
}

/** The request `index` of a client; valid until the next one like it is made. */
export function requestFrame(call: Call, owner: Owner, index: number): Buffer {
  let sizes = requests.get(call.kind);
  if (sizes === undefined) requests.set(call.kind, (sizes = []));
  const place = call.size * 8 + call.key;
  const template = (sizes[place] ??= template_(makeRequest(call)));
  return call.kind === "noise" ? template.bytes : stamp(template, owner, index);
}

/** The answer to request `index`, with a value of `size` letters; valid as above. */
export function answerFrame(size: number, owner: Owner, index: number): Buffer {
  const n = Math.max(MARK, size);
  const template = (answers[n] ??= template_(dubbo.response(0n, text(n))));
  return stamp(template, owner, index);
}

/** Which request the frame at `at` belongs to, if its id is one of this owner's. */
export function indexOf(bytes: Buffer, at: number, owner: Owner): number {
  return (bytes.readUInt32BE(at + 8) - owner.idLow) >>> 0;
}

function text(size: number): string {
  return MARKER + "v".repeat(Math.max(0, size - MARK));
}

function makeRequest({ kind, key, size }: Call): Buffer {
  if (kind === "heartbeat") return dubbo.heartbeat(0n);
  if (kind === "response") return dubbo.response(0n, text(size));
  const flags = dubbo.FLAG.REQUEST | dubbo.FLAG.TWO_WAY | dubbo.HESSIAN2;
  if (kind === "unreadable") return dubbo.frame(flags, 0, 0n, Buffer.from("CCCCCC"));
  if (kind === "noise") return Buffer.from("this is no frame of Dubbo");
  if (kind === "too long") {
    const bytes = dubbo.frame(flags, 0, 0n, Buffer.alloc(8));
    bytes.writeUInt32BE(MAX_FRAME - HEADER + 1, 12);
    return bytes;
  }
  const { service, method, group, user } = keyAt(key);
  return dubbo.request({
    service,
    method,
    ...(group !== undefined && { group }),
    args: [text(size)],
    attachments: { "x-other": "1", ...(user !== undefined && { user }) },
    oneway: kind === "oneway",
  });
}

function template_(bytes: Buffer): Template {
  return { bytes, mark: bytes.indexOf(MARKER) };
}

function stamp({ bytes, mark }: Template, { life, idHigh, idLow }: Owner, index: number): Buffer {
  const low = idLow + index;
  const carried = low > 0xffff_ffff;
  bytes.writeUInt32BE((idHigh + (carried ? 1 : 0)) >>> 0, 4);
  bytes.writeUInt32BE(low >>> 0, 8);
  if (mark < 0) return bytes;
  // Seven bits a byte, and none of them is the marker's: letters of one byte for Hessian.
  bytes[mark] = life & 0x7f;
  bytes[mark + 1] = (life >>> 7) & 0x7f;
  bytes[mark + 2] = (life >>> 14) & 0x7f;
  bytes[mark + 3] = (life >>> 21) & 0x7f;
  bytes[mark + 4] = index & 0x7f;
  bytes[mark + 5] = (index >>> 7) & 0x7f;
  return bytes;
}

/** Cuts bytes into frames as they come; nothing is copied while frames come whole. */
export class Splitter {
  private rest: Buffer = Buffer.alloc(0);

  constructor(private readonly take: (bytes: Buffer, from: number, to: number) => void) {}

  /** Bytes of a frame that is not whole yet. */
  get pending(): number {
    return this.rest.length;
  }

  /** @throws if the bytes are no frames */
  push(bytes: Buffer): void {
    const all = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    let at = 0;
    while (all.length - at >= HEADER) {
      if (all.readUInt16BE(at) !== dubbo.MAGIC) {
        throw new Error(`no frame but ${all.toString("hex", at, at + HEADER)}`);
      }
      const to = at + HEADER + all.readUInt32BE(at + 12);
      if (to > all.length) break;
      this.take(all, at, to);
      at = to;
    }
    if (at < all.length) this.rest = Buffer.from(all.subarray(at));
    else if (this.rest.length > 0) this.rest = NONE;
  }
}

const NONE = Buffer.alloc(0);
