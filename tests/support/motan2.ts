/**
 * Motan2 for tests. Header of 13 bytes, big-endian: magic f1f1, type, version and status,
 * serialization, request id u64@5; then metadata and body, each behind its length (u32). Metadata
 * are text, in turn a name and its value, one a line.
 */
import { RpcClient, RpcServer, type Answer, type Wire } from "./wire.js";

const HEADER = 13;
export const TYPE = { RESPONSE: 0x01, ONEWAY: 0x04, HEARTBEAT: 0x10 } as const;

export interface MotanFrame {
  bytes: Buffer;
  type: number;
  status: number;
  id: bigint;
  meta: Record<string, string>;
  body: Buffer;
}

export const motanWire: Wire<MotanFrame> = {
  headerLength: HEADER + 4,
  measure(head) {
    if (head.readUInt16BE(0) !== 0xf1f1)
      throw new Error(`not Motan2: ${head.toString("hex", 0, 8)}`);
    const body = HEADER + 4 + head.readUInt32BE(HEADER);
    return body + 4 + (head.length < body + 4 ? 0 : head.readUInt32BE(body));
  },
  parse(bytes) {
    const end = HEADER + 4 + bytes.readUInt32BE(HEADER);
    const lines = bytes.toString("utf8", HEADER + 4, end).split("\n");
    const meta: Record<string, string> = {};
    for (let i = 0; i + 1 < lines.length; i += 2) meta[lines[i]!] = lines[i + 1]!;
    return {
      bytes,
      type: bytes.readUInt8(2),
      status: bytes.readUInt8(3) & 7,
      id: bytes.readBigUInt64BE(5),
      meta,
      body: bytes.subarray(end + 4),
    };
  },
  id: (frame) => frame.id,
  isReply: (frame) => (frame.type & TYPE.RESPONSE) !== 0,
};

export function frame(
  type: number,
  id: bigint,
  meta: Record<string, string>,
  body: Buffer | string,
): Buffer {
  const text = Buffer.from(Object.entries(meta).flat().join("\n"));
  const content = Buffer.from(body as string);
  const out = Buffer.alloc(HEADER + 4 + text.length + 4);
  out.writeUInt32BE(0xf1f10008 + type * 256, 0);
  out.writeBigUInt64BE(id, 5);
  out.writeUInt32BE(text.length, HEADER);
  text.copy(out, HEADER + 4);
  out.writeUInt32BE(content.length, out.length - 4);
  return Buffer.concat([out, content]);
}

export interface MotanCall {
  id?: bigint;
  method?: string;
  attachments?: Record<string, string>;
  body?: Buffer | string;
  oneway?: boolean;
}

export function request(call: MotanCall): Buffer {
  const { id = 1n, method = "get", attachments = {}, body = "" } = call;
  const meta = { M_p: "peers.Demo", M_m: method, M_md: "java.lang.String", ...attachments };
  return frame(call.oneway ? TYPE.ONEWAY : 0, id, meta, body);
}

export class MotanClient extends RpcClient<MotanFrame> {
  private nextId = 0x1a1f_a544_a490_0001n;

  static async connect(port: number): Promise<MotanClient> {
    return new MotanClient(motanWire, await RpcClient.open(port));
  }

  call(call: MotanCall): Promise<MotanFrame> {
    return this.request(request({ id: this.nextId++, ...call }));
  }

  heartbeat(): Promise<MotanFrame> {
    return this.request(frame(TYPE.HEARTBEAT, this.nextId++, {}, ""));
  }
}

export class MotanServer extends RpcServer<MotanFrame> {
  static async start(answer: Answer<MotanFrame>): Promise<MotanServer> {
    const server = new MotanServer(motanWire, answer);
    await server.listen(0);
    return server;
  }
}
