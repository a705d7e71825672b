/**
 * bRPC for tests: calls (PRPC) and streams (STRM). A frame is magic, body length, meta length (u32,
 * big-endian), meta, payload; metas are RpcMeta and StreamFrameMeta of github.com/apache/brpc.
 */
import { Message, message, type Field } from "./protobuf.js";
import { RpcClient, RpcServer, type Answer, type Wire } from "./wire.js";

const HEADER = 12;
export const STREAM_FRAME = { RST: 1, CLOSE: 2, DATA: 3, FEEDBACK: 4 } as const;

export interface BrpcFrame {
  bytes: Buffer;
  isStream: boolean;
  meta: Message;
  payload: Buffer;
}

export const brpcWire: Wire<BrpcFrame> = {
  headerLength: HEADER,
  measure(head) {
    const magic = head.toString("latin1", 0, 4);
    if (magic !== "PRPC" && magic !== "STRM") throw new Error(`not a bRPC frame: ${magic}`);
    return HEADER + head.readUInt32BE(4);
  },
  parse(bytes) {
    const end = HEADER + bytes.readUInt32BE(8);
    const meta = new Message(bytes.subarray(HEADER, end));
    const isStream = bytes.toString("latin1", 0, 4) === "STRM";
    return { bytes, isStream, meta, payload: bytes.subarray(end) };
  },
  id: ({ meta }) => meta.number(4) ?? 0n,
  isReply: ({ isStream, meta }) => !isStream && meta.has(2),
};

function frame(magic: string, meta: Buffer, payload: Buffer | string): Buffer {
  const head = Buffer.from(`${magic}01234567`);
  const body = Buffer.concat([meta, Buffer.from(payload as string)]);
  head.writeUInt32BE(body.length, 4);
  head.writeUInt32BE(meta.length, 8);
  return Buffer.concat([head, body]);
}

export interface BrpcCall {
  id?: bigint;
  method?: string;
  payload?: Buffer | string;
  userFields?: Record<string, string>;
  /** The client's id of the stream that the call begins. */
  stream?: bigint;
  /** Those of further ones. */
  moreStreams?: bigint[];
}

export function request(call: BrpcCall): Buffer {
  const { id = 1n, method = "get", payload = "", userFields = {}, stream, moreStreams = [] } = call;
  const more = moreStreams.map((id): Field => [4, id]);
  const settings: Field[] = stream === undefined ? [] : [[8, message([1, stream], ...more)]];
  const attachments = Object.entries(userFields).map(([key, value]): Field => [
    9,
    message([1, key], [2, value]),
  ]);
  const names = message([1, "peers.Echo"], [2, method]);
  const meta = message([1, names], [3, 0], [4, id], ...settings, ...attachments);
  return frame("PRPC", meta, payload);
}

/** The answer to a request; `stream`: the server's id of the stream that it accepts. */
export function response(id: bigint, payload: Buffer | string, stream?: bigint): Buffer {
  const settings: Field[] = stream === undefined ? [] : [[8, message([1, stream], [3, 1])]];
  return frame("PRPC", message([2, message([1, 0])], [4, id], ...settings), payload);
}

/** A frame of a stream; `to` is the receiver's id of it, `from` the sender's. */
export function streamFrame(
  to: bigint,
  from: bigint | undefined,
  type: number,
  payload: Buffer | string = "",
): Buffer {
  const source: Field[] = from === undefined ? [] : [[2, from]];
  return frame("STRM", message([1, to], ...source, [3, type], [4, 0]), payload);
}

/** Code and text of the error in a response. */
export function errorOf({ meta }: BrpcFrame): { code: number; text: string | undefined } {
  const error = meta.message(2);
  return { code: Number(error.number(1)), text: error.text(2) };
}

export function methodOf({ meta }: BrpcFrame): string | undefined {
  return meta.message(1).text(2);
}

export function userFieldsOf({ meta }: BrpcFrame): Record<string, string> {
  const entries = meta.all(9).map((bytes) => new Message(bytes));
  return Object.fromEntries(entries.map((entry) => [entry.text(1) ?? "", entry.text(2) ?? ""]));
}

export class BrpcClient extends RpcClient<BrpcFrame> {
  private nextId = 0xffff_ffff_0000_0000n;

  static async connect(port: number): Promise<BrpcClient> {
    return new BrpcClient(brpcWire, await RpcClient.open(port));
  }

  call(call: BrpcCall): Promise<BrpcFrame> {
    return this.request(request({ id: this.nextId++, ...call }));
  }
}

export class BrpcServer extends RpcServer<BrpcFrame> {
  static async start(answer: Answer<BrpcFrame>): Promise<BrpcServer> {
    const server = new BrpcServer(brpcWire, answer);
    await server.listen(0);
    return server;
  }
}
