/**
 * Dubbo2 frames with hessian2 bodies, written and read by the library hessian.js.
 * Layout: https://dubbo.apache.org/en/overview/reference/protocols/tcp/
 */
import hessian from "hessian.js";

export const HEADER_LENGTH = 16;
export const OK = 20;
export const SERVICE_NOT_FOUND = 40;

const MAGIC = 0xdabb;
const REQUEST = 0x80;
const TWO_WAY = 0x40;
const EVENT = 0x20;
const HESSIAN2 = 2;
const DUBBO_VERSION = "2.0.2";

/** First value of a response's body: what follows, the attachments (a map) last. */
const THREW = 3;
const RETURNED = 4;
const RETURNED_NULL = 5;

export interface Call {
  service: string;
  method: string;
  /** Texts and numbers: what the examples need of Java's types. */
  args: readonly (string | number)[];
  /** Of the service; Dubbo's default is 0.0.0. */
  version?: string;
  attachments?: Record<string, string>;
}

export interface Head {
  isRequest: boolean;
  wantsReply: boolean;
  isEvent: boolean;
  status: number;
  id: bigint;
}

/** Length of the frame that starts here, header included. */
export function frameLength(header: Buffer): number {
  if (header.readUInt16BE(0) !== MAGIC) throw new Error("this is not Dubbo");
  return HEADER_LENGTH + header.readUInt32BE(12);
}

export function readHead(frame: Buffer): Head {
  const flags = frame.readUInt8(2);
  return {
    isRequest: (flags & REQUEST) !== 0,
    wantsReply: (flags & TWO_WAY) !== 0,
    isEvent: (flags & EVENT) !== 0,
    status: frame.readUInt8(3),
    id: frame.readBigUInt64BE(4),
  };
}

export function writeRequest(id: bigint, call: Call): Buffer {
  const { service, method, args, version = "0.0.0", attachments = {} } = call;
  const types = args.map((arg) => (typeof arg === "number" ? "I" : "Ljava/lang/String;"));
  const all = { path: service, interface: service, version, ...attachments };
  const map = { $class: "java.util.HashMap", $: all };
  const body = [DUBBO_VERSION, service, version, method, types.join(""), ...args, map];
  return frame(REQUEST | TWO_WAY, 0, id, body);
}

export function readRequest(frame: Buffer): Required<Call> {
  const body = new hessian.DecoderV2(frame.subarray(HEADER_LENGTH));
  body.read(); // the Dubbo version
  const [service, version, method, types] = [body.read(), body.read(), body.read(), body.read()];
  const count = String(types).match(/L[^;]+;|[IJDZ]/g)?.length ?? 0;
  const args = Array.from({ length: count }, () => body.read() as string | number);
  const attachments = body.read() as Record<string, string>;
  return {
    service: String(service),
    version: String(version),
    method: String(method),
    args,
    attachments,
  };
}

/** What the method returned. */
export function writeResult(id: bigint, value: string | null): Buffer {
  const result = value === null ? [RETURNED_NULL] : [RETURNED, value];
  return frame(0, OK, id, [
    ...result,
    { $class: "java.util.HashMap", $: { dubbo: DUBBO_VERSION } },
  ]);
}

/** The exception that the method threw. */
export function writeException(id: bigint, message: string): Buffer {
  const exception = { $class: "java.lang.RuntimeException", $: { detailMessage: message } };
  return frame(0, OK, id, [THREW, exception, { $class: "java.util.HashMap", $: {} }]);
}

/** An error of the framework, not of the method. */
export function writeError(id: bigint, status: number, message: string): Buffer {
  return frame(0, status, id, [message]);
}

/** The answer to a heartbeat. */
export function writeHeartbeatReply(id: bigint): Buffer {
  return frame(EVENT, OK, id, [null]);
}

/** What a call came to: a value, or the text of an error and whether the framework made it. */
export type Reply = { value: unknown } | { error: string; status: number };

export function readReply(frame: Buffer): Reply {
  const { status } = readHead(frame);
  const body = new hessian.DecoderV2(frame.subarray(HEADER_LENGTH));
  if (status !== OK) return { error: String(body.read()), status };
  const tag = Number(body.read()) % 3; // 0 threw, 1 returned, 2 null; 3 to 5 with attachments
  if (tag === 2) return { value: null };
  const value = body.read();
  if (tag === 1) return { value };
  // The library makes an Error of Java's exceptions.
  return { error: (value as Error).message, status };
}

function frame(flags: number, status: number, id: bigint, values: readonly unknown[]): Buffer {
  const encoder = new hessian.EncoderV2();
  for (const value of values) encoder.write(value);
  const body = encoder.get();
  const header = Buffer.alloc(HEADER_LENGTH);
  header.writeUInt16BE(MAGIC, 0);
  header.writeUInt8(flags | HESSIAN2, 2);
  header.writeUInt8(status, 3);
  header.writeBigUInt64BE(id, 4);
  header.writeUInt32BE(body.length, 12);
  return Buffer.concat([header, body]);
}
