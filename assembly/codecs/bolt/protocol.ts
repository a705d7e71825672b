/** Names of the numbers on the wire of Bolt, and where they lie. */
import { Metadata } from "../metadata";
import { load16, load32 } from "../../bytes/order";

/** Protocol codes, the first byte of every frame. */
export const V1: u32 = 1;
export const V2: u32 = 2;

/** The byte that tells requests from responses. */
export enum Type {
  RESPONSE = 0,
  REQUEST = 1,
  ONEWAY = 2,
}

/** What a frame is about. */
export enum Command {
  HEARTBEAT = 0,
  REQUEST = 1,
  RESPONSE = 2,
  /** Of MOSN: the server takes no more requests. */
  GO_AWAY = 100,
}

/** Status of a response. */
export enum Status {
  SUCCESS = 0,
  SERVER_EXCEPTION = 2,
  SERVER_THREADPOOL_BUSY = 4,
  TIMEOUT = 7,
  SERVER_DESERIAL_EXCEPTION = 18,
}

/** How the content is serialized: SOFA's Hessian, of which each Bolt knows at least this. */
export const HESSIAN: u32 = 1;

/** Java reads lengths as signed numbers. */
export const LONGEST_CLASS: u32 = 0x7fff;
export const LONGEST_HEADER: u32 = 0x7fff;
export const LONGEST_CONTENT: u32 = 0x7fffffff;

/** Bytes of the lengths of class, header and content, which end the fixed header. */
export const LENGTHS: u32 = 8;
export const CRC: u32 = 4;


@inline
export function isV2(p: usize): bool {
  return load<u8>(p) == V2;
}
/** Where the type lies, and behind it, at the same distances in both versions, what follows. */
@inline
export function typeAt(p: usize): usize {
  return p + (isV2(p) ? 2 : 1);
}
/** Where the lengths lie: requests have a timeout before them, responses a status. */
@inline
export function lengthsAt(p: usize): usize {
  return p + (isV2(p) ? 14 : 12) + (load<u8>(typeAt(p)) == Type.RESPONSE ? 0 : 2);
}


@inline
export function classLength(lengths: usize): u32 {
  return load16(lengths);
}


@inline
export function headerLength(lengths: usize): u32 {
  return load16(lengths + 2);
}


@inline
export function contentLength(lengths: usize): u32 {
  return load32(lengths + 4);
}

/** Does a CRC-32 of all before it end the frame? */
@inline
export function hasCrc(p: usize): bool {
  return isV2(p) && load<u8>(p, 1) == 2 && (load<u8>(p, 11) & 1) != 0;
}

/** What a reply needs of the frame at `p`: code, version and, for who reads on, the codec. */
@inline
export function replyContextOf(p: usize, type: usize): u32 {
  const version = isV2(p) ? (<u32>load<u8>(p, 1)) << 8 : 0;
  return (<u32>load<u8>(p)) | version | ((<u32>load<u8>(type + 8)) << 16);
}
/** How the content of the frame is serialized whose head is in `m`. */
@inline
export function codecOf(m: Metadata): u32 {
  return m.replyContext >> 16;
}
