/**
 * Thrift for tests: messages in the strict binary protocol whose struct is one string, unframed, in
 * frames or in THeader's frames.
 */
import type { Server, Socket } from "node:net";
import { RpcClient, RpcServer, type Answer, type Wire } from "./wire.js";

export type Transport = "unframed" | "framed" | "header";
export const TYPE = { CALL: 1, REPLY: 2, EXCEPTION: 3, ONEWAY: 4 } as const;

export interface Message {
  transport: Transport;
  type: number;
  /** `method` or `service:method`. */
  name: string;
  id: number;
  /** The argument, the result, or an exception's message. */
  text: string;
  /** Of a THeader. */
  attachments?: Record<string, string> | undefined;
}

export interface ThriftFrame extends Message {
  bytes: Buffer;
  attachments: Record<string, string>;
  /** TApplicationException's; 0 in all else. */
  failure: number;
}

const HEADER_MAGIC = 0x0fff;
const STRUCT_STRING = 0x0b;

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
/** A short string of a THeader. */
function short(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

/** The whole frame of a message. */
export function frame(message: Partial<Message>): Buffer {
  const { transport = "framed", type = TYPE.CALL, name = "get", id = 0, text = "" } = message;
  const string = Buffer.from(text);
  const field = type === TYPE.REPLY ? 0 : 1;
  const alone = Buffer.concat([
    ...[u32(0x8001_0000 + type), u32(Buffer.byteLength(name)), Buffer.from(name), u32(id)],
    ...[Buffer.of(STRUCT_STRING), u16(field), u32(string.length), string, Buffer.of(0)],
  ]);
  if (transport === "unframed") return alone;
  if (transport === "framed") return Buffer.concat([u32(alone.length), alone]);
  const pairs = Object.entries(message.attachments ?? {});
  const infos = pairs.length === 0 ? [] : [Buffer.of(1, pairs.length), ...pairs.flat().map(short)];
  const header = Buffer.concat([Buffer.of(0, 0), ...infos]);
  const padding = Buffer.alloc((4 - (header.length % 4)) % 4);
  const words = u16((header.length + padding.length) / 4);
  const rest = [u16(HEADER_MAGIC), u16(0), u32(id), words, header, padding, alone];
  return Buffer.concat([u32(Buffer.concat(rest).length), ...rest]);
}

/** Where the message of a frame begins, and what is before it. */
function open(bytes: Buffer): { transport: Transport; at: number } {
  if (bytes[0] === 0x80) return { transport: "unframed", at: 0 };
  if (bytes.readUInt16BE(4) !== HEADER_MAGIC) return { transport: "framed", at: 4 };
  return { transport: "header", at: 14 + 4 * bytes.readUInt16BE(12) };
}

function readAttachments(bytes: Buffer, end: number): Record<string, string> {
  const found: Record<string, string> = {};
  let at = 16; // behind protocol and transforms, which are 0
  const next = () => {
    const from = at + 1;
    at = from + bytes[at]!;
    return bytes.toString("utf8", from, at);
  };
  while (at < end && bytes[at] === 1) {
    const count = bytes[at + 1]!;
    at += 2;
    for (let i = 0; i < count; i++) found[next()] = next();
  }
  return found;
}

function parse(bytes: Buffer): ThriftFrame {
  const { transport, at } = open(bytes);
  const nameEnd = at + 8 + bytes.readUInt32BE(at + 4);
  const textAt = nameEnd + 11;
  const textEnd = textAt + bytes.readUInt32BE(nameEnd + 7);
  return {
    bytes,
    transport,
    type: bytes[at + 3]!,
    name: bytes.toString("utf8", at + 8, nameEnd),
    id: bytes.readUInt32BE(nameEnd),
    text: bytes.toString("utf8", textAt, textEnd),
    attachments: transport === "header" ? readAttachments(bytes, at) : {},
    failure: bytes[at + 3] === TYPE.EXCEPTION ? bytes.readUInt32BE(textEnd + 3) : 0,
  };
}

/** Length of a message without a frame; one more than there is if that does not tell. */
function measureAlone(bytes: Buffer): number {
  const nameEnd = 8 + bytes.readUInt32BE(4);
  if (bytes.length < nameEnd + 11) return bytes.length + 1;
  const textEnd = nameEnd + 11 + bytes.readUInt32BE(nameEnd + 7);
  const type = bytes[3]!;
  return textEnd + (type === TYPE.EXCEPTION ? 8 : 1);
}

export const thriftWire: Wire<ThriftFrame> = {
  headerLength: 8,
  measure: (bytes) => (bytes[0] === 0x80 ? measureAlone(bytes) : 4 + bytes.readUInt32BE(0)),
  parse,
  id: ({ id }) => BigInt(id),
  isReply: ({ type }) => type === TYPE.REPLY || type === TYPE.EXCEPTION,
};

/** A client that counts its calls. */
export class ThriftClient extends RpcClient<ThriftFrame> {
  private nextId = 0xffff_ff00;

  static async connect(to: number | Socket): Promise<ThriftClient> {
    return new ThriftClient(thriftWire, await RpcClient.open(to));
  }

  call(message: Partial<Message>): Promise<ThriftFrame> {
    const id = this.nextId;
    this.nextId = id === 0xffff_ffff ? 1 : id + 1;
    return this.request(frame({ id, ...message }));
  }
}

/** The answer of a server with this tag: `<tag>:<text>`, under the method alone. */
export function echo(tag: string, { transport, name, id, text }: ThriftFrame): Buffer {
  const method = name.slice(name.indexOf(":") + 1);
  return frame({ transport, type: TYPE.REPLY, name: method, id, text: `${tag}:${text}` });
}

export class ThriftServer extends RpcServer<ThriftFrame> {
  /** Listens on a free port by default; answers by `echo` unless `answer` says otherwise. */
  static async start(options: {
    tag: string;
    port?: number | Server;
    answer?: Answer<ThriftFrame>;
  }) {
    const byDefault: Answer<ThriftFrame> = (message) =>
      message.type === TYPE.CALL ? echo(options.tag, message) : undefined;
    const server = new ThriftServer(thriftWire, options.answer ?? byDefault);
    await server.listen(options.port ?? 0);
    return server;
  }
}
