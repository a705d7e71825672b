/** HTTP/2 frames (RFC 9113): numbers, cutting, building. */

export enum FrameType {
  Data = 0,
  Headers = 1,
  Priority = 2,
  RstStream = 3,
  Settings = 4,
  PushPromise = 5,
  Ping = 6,
  Goaway = 7,
  WindowUpdate = 8,
  Continuation = 9,
}

export const END_STREAM = 1;
export const ACK = 1;
export const END_HEADERS = 4;
export const PADDED = 8;
export const PRIORITY = 0x20;

export enum Setting {
  HeaderTableSize = 1,
  EnablePush = 2,
  MaxConcurrentStreams = 3,
  InitialWindowSize = 4,
  MaxFrameSize = 5,
  MaxHeaderListSize = 6,
}

export enum ErrorCode {
  NoError = 0,
  ProtocolError = 1,
  InternalError = 2,
  FlowControlError = 3,
  StreamClosed = 5,
  RefusedStream = 7,
  Cancel = 8,
}

export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
export const DEFAULT_WINDOW = 65535;
export const LARGEST_WINDOW = 2 ** 31 - 1;

export interface Frame {
  type: number;
  flags: number;
  stream: number;
  payload: Buffer;
}

export function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(9 + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  bytes.set(payload, 9);
  return bytes;
}

export function word(...values: number[]): Buffer {
  const b = Buffer.alloc(4 * values.length);
  values.forEach((v, i) => b.writeUInt32BE(v, 4 * i));
  return b;
}

export function settingsPayload(settings: ReadonlyMap<Setting, number>): Buffer {
  return Buffer.concat(
    [...settings].map(([id, value]) => Buffer.concat([Buffer.from([0, id]), word(value)])),
  );
}

export function parseSettings(payload: Buffer): [Setting, number][] {
  const settings: [Setting, number][] = [];
  for (let at = 0; at + 6 <= payload.length; at += 6) {
    settings.push([payload.readUInt16BE(at), payload.readUInt32BE(at + 2)]);
  }
  return settings;
}

/** The frame at the start of `bytes`, and how long it is; null: it is not all there. */
export function cutFrame(bytes: Buffer): { frame: Frame; size: number } | null {
  if (bytes.length < 9) return null;
  const size = 9 + bytes.readUIntBE(0, 3);
  if (bytes.length < size) return null;
  const stream = bytes.readUInt32BE(5) & 0x7fffffff;
  const [type, flags] = [bytes[3] ?? 0, bytes[4] ?? 0];
  return { frame: { type, flags, stream, payload: bytes.subarray(9, size) }, size };
}
