/**
 * AwesomeRPC for tests. Header of 13 bytes, big-endian: version i8@0, request id u32@1, total
 * length u32@5, command i16@9, response code i16@11; then the payload.
 */
import { RpcClient, RpcServer, type Answer, type Wire } from "./wire.js";

export interface AwesomeFrame {
  bytes: Buffer;
  version: number;
  id: bigint;
  command: number;
  /** 0 in requests and good responses. */
  code: number;
  payload: Buffer;
}

const HEADER = 13;

export const awesomeWire: Wire<AwesomeFrame> = {
  headerLength: HEADER,
  measure(head) {
    const length = head.readUInt32BE(5);
    if (length < HEADER) throw new Error(`not an AwesomeRPC frame: ${head.toString("hex", 0, 13)}`);
    return length;
  },
  parse: (bytes) => ({
    bytes,
    version: bytes.readInt8(0),
    id: BigInt(bytes.readUInt32BE(1)),
    command: bytes.readInt16BE(9),
    code: bytes.readInt16BE(11),
    payload: bytes.subarray(HEADER),
  }),
  id: (frame) => frame.id,
  isReply: () => true, // the wire does not tell; servers of this protocol ask nothing
};

/** Request and response look the same. */
export function frame(id: number, command: number, payload: Buffer | string, code = 0): Buffer {
  const body = Buffer.from(payload as string);
  const head = Buffer.alloc(HEADER);
  head.writeInt8(1, 0);
  head.writeUInt32BE(id, 1);
  head.writeUInt32BE(HEADER + body.length, 5);
  head.writeInt16BE(command, 9);
  head.writeInt16BE(code, 11);
  return Buffer.concat([head, body]);
}

export class AwesomeClient extends RpcClient<AwesomeFrame> {
  private nextId = 0xffff_0000;

  static async connect(port: number): Promise<AwesomeClient> {
    return new AwesomeClient(awesomeWire, await RpcClient.open(port));
  }

  call(command: number, payload: Buffer | string, timeout?: number): Promise<AwesomeFrame> {
    const id = this.nextId;
    this.nextId = (this.nextId + 1) >>> 0;
    return this.request(frame(id, command, payload), timeout);
  }
}

export class AwesomeServer extends RpcServer<AwesomeFrame> {
  /** Listens on a free port; answers `<tag>:<payload>` unless `answer` says otherwise. */
  static async start(options: { tag?: string; port?: number; answer?: Answer<AwesomeFrame> } = {}) {
    const tag = options.tag ?? "echo";
    const echo: Answer<AwesomeFrame> = ({ id, command, payload }) =>
      frame(Number(id), command, Buffer.concat([Buffer.from(`${tag}:`), payload]));
    const server = new AwesomeServer(awesomeWire, options.answer ?? echo);
    await server.listen(options.port ?? 0);
    return server;
  }
}
