/** tRPC for tests: unary calls and streams. See assembly/codecs/trpc/codec.ts for the layout. */
import { Message, message, type Field } from "./protobuf.js";
import { RpcClient, RpcServer, type Answer, type Wire } from "./wire.js";

const HEADER = 16;
export const STREAM = { INIT: 1, DATA: 2, FEEDBACK: 3, CLOSE: 4 } as const;

export type Pairs = readonly (readonly [string | Buffer, string | Buffer])[];

export interface Call {
  id?: bigint;
  oneway?: boolean;
  service?: string;
  method?: string;
  attachments?: Pairs;
  body?: Buffer | string;
}

export interface TrpcFrame {
  bytes: Buffer;
  isStream: boolean;
  /** Of a stream's frame. */
  streamType: number;
  /** Stream id, or the request's id in the fixed header. */
  id: bigint;
  /** Of unary frames, what is in the head; of a stream's INIT and CLOSE, what is the payload. */
  head: Message;
  body: Buffer;
}

function frame(streamType: number, id: bigint, head: Buffer, body: Buffer | string): Buffer {
  const fixed = Buffer.alloc(HEADER);
  const payload = Buffer.from(body as string);
  fixed.writeUInt16BE(0x0930);
  fixed.writeUInt16BE(streamType === 0 ? 0 : 0x100 | streamType, 2);
  fixed.writeUInt32BE(HEADER + head.length + payload.length, 4);
  fixed.writeUInt16BE(head.length, 8);
  fixed.writeUInt32BE(Number(id), 10);
  fixed.writeUInt8(streamType === 0 ? 1 : 0, 14);
  return Buffer.concat([fixed, head, payload]);
}

const SERVICE = "trpc.demo.server.Greeter";
const METHOD = "/demo.Greeter/Hello";
const entries = (field: number, pairs: Pairs): Field[] =>
  pairs.map(([name, value]) => [field, message([1, name], [2, value])]);

/** A request, with the fields that tRPC's clients set. */
export function request(call: Call): Buffer {
  const { id = 1n, oneway, service = SERVICE, method = METHOD, attachments = [] } = call;
  const head = message(
    ...(oneway ? ([[2, 1]] as Field[]) : []),
    ...([
      [3, id],
      [4, 3999],
      [5, "trpc.demo.client.Tester"],
      [6, service],
    ] as Field[]),
    ...([[7, method], ...entries(9, attachments)] as Field[]),
  );
  return frame(0, id, head, call.body ?? "");
}

export function response(id: bigint, body: Buffer | string): Buffer {
  return frame(0, id, message([3, id]), body);
}

/** The frame by which a client begins a stream. */
export function init(call: Call): Buffer {
  const { id = 100n, service = SERVICE, method = METHOD, attachments = [] } = call;
  const meta = message([2, service], [3, method], ...entries(5, attachments));
  return frame(STREAM.INIT, id, Buffer.alloc(0), message([1, meta], [3, 65535]));
}

/** The frame by which a server accepts it. */
export function accept(id: bigint): Buffer {
  return frame(STREAM.INIT, id, Buffer.alloc(0), message([2, ""], [3, 65535]));
}

export function data(id: bigint, body: string): Buffer {
  return frame(STREAM.DATA, id, Buffer.alloc(0), body);
}

/** The end of one side, or with a code the end of all. */
export function close(id: bigint, ret = 0, text = ""): Buffer {
  const meta = ret === 0 ? Buffer.alloc(0) : message([1, 1], [2, ret], [3, text]);
  return frame(STREAM.CLOSE, id, Buffer.alloc(0), meta);
}

export const trpcWire: Wire<TrpcFrame> = {
  headerLength: HEADER,
  measure(head) {
    if (head.readUInt16BE(0) !== 0x0930) throw new Error("not tRPC");
    return head.readUInt32BE(4);
  },
  parse(bytes) {
    const isStream = bytes[2] === 1;
    const streamType = bytes[3]!;
    const body = bytes.subarray(HEADER + bytes.readUInt16BE(8));
    const hasMeta = streamType === STREAM.INIT || streamType === STREAM.CLOSE;
    const head = isStream
      ? hasMeta
        ? body
        : Buffer.alloc(0)
      : bytes.subarray(HEADER, -body.length || undefined);
    const id = BigInt(bytes.readUInt32BE(10));
    return { bytes, isStream, streamType, id, head: new Message(head), body };
  },
  id: (frame) => frame.id,
  isReply: (frame) => !frame.isStream,
};

/** trans_info of a request or of a stream's INIT. */
export function attachmentsOf({ isStream, head }: TrpcFrame): Record<string, string> {
  const all = isStream ? head.message(1).all(5) : head.all(9);
  return Object.fromEntries(
    all.map((entry) => {
      const pair = new Message(entry);
      return [pair.text(1) ?? "", pair.text(2) ?? ""];
    }),
  );
}

export class TrpcClient extends RpcClient<TrpcFrame> {
  private nextId = 0xffff_fff0n;

  static async connect(port: number): Promise<TrpcClient> {
    return new TrpcClient(trpcWire, await RpcClient.open(port));
  }

  call(call: Call): Promise<TrpcFrame> {
    this.nextId = (this.nextId + 1n) & 0xffff_ffffn;
    return this.request(request({ ...call, id: this.nextId }));
  }
}

export class TrpcServer extends RpcServer<TrpcFrame> {
  /** Answers calls with `<tag>:<body>`, and each message of a stream; ends it with the client. */
  static async start(tag: string): Promise<TrpcServer> {
    const echo: Answer<TrpcFrame> = ({ isStream, streamType, id, head, body }) => {
      if (!isStream) {
        return head.number(2) === 1n ? undefined : response(id, `${tag}:${body.toString()}`);
      }
      if (streamType === STREAM.INIT) return accept(id);
      if (streamType === STREAM.DATA) return data(id, `${tag}:${body.toString()}`);
      return streamType === STREAM.CLOSE ? close(id) : undefined;
    };
    const server = new TrpcServer(trpcWire, echo);
    await server.listen(0);
    return server;
  }
}
