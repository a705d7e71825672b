/**
 * Dubbo2 for tests: frames built by hand, a client with calls in flight, an echo server.
 * Layout: 16-byte header (magic dabb, flags, status, u64 id, u32 body length, big-endian), see
 * https://dubbo.apache.org/en/overview/reference/protocols/tcp/
 */
import { encode, encodeString, Reader, type Value } from "./hessian.js";
import { RpcClient, RpcServer, type Answer, type Wire } from "./wire.js";
import type { Server, Socket } from "node:net";

export const MAGIC = 0xdabb;
export const FLAG = { REQUEST: 0x80, TWO_WAY: 0x40, EVENT: 0x20 } as const;
export const HESSIAN2 = 2;
export const FASTJSON2 = 23;
/** Response statuses that tests look at. */
export const STATUS = {
  OK: 20,
  CLIENT_TIMEOUT: 30,
  SERVER_TIMEOUT: 31,
  BAD_REQUEST: 40,
  SERVICE_NOT_FOUND: 60,
  SERVICE_ERROR: 70,
  SERVER_ERROR: 80,
  THREADPOOL_EXHAUSTED: 100,
} as const;

export interface DubboFrame {
  bytes: Buffer;
  flags: number;
  /** Of responses; 0 in requests. */
  status: number;
  id: bigint;
  body: Buffer;
}

export const isRequest = (frame: DubboFrame) => (frame.flags & FLAG.REQUEST) !== 0;
export const isEvent = (frame: DubboFrame) => (frame.flags & FLAG.EVENT) !== 0;

export const dubboWire: Wire<DubboFrame> = {
  headerLength: 16,
  measure(head) {
    if (head.readUInt16BE(0) !== MAGIC) {
      throw new Error(`not a Dubbo frame: ${head.toString("hex", 0, 16)}`);
    }
    return 16 + head.readUInt32BE(12);
  },
  parse: (bytes) => ({
    bytes,
    flags: bytes.readUInt8(2),
    status: bytes.readUInt8(3),
    id: bytes.readBigUInt64BE(4),
    body: bytes.subarray(16),
  }),
  id: (frame) => frame.id,
  isReply: (frame) => !isRequest(frame),
};

/** Any frame; nothing is checked, so that tests can build wrong ones. */
export function frame(flags: number, status: number, id: bigint, body: Buffer): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt16BE(MAGIC, 0);
  head.writeUInt8(flags, 2);
  head.writeUInt8(status, 3);
  head.writeBigUInt64BE(BigInt.asUintN(64, id), 4);
  head.writeUInt32BE(body.length, 12);
  return Buffer.concat([head, body]);
}

/** One invocation, as the body of a request has it. */
export interface Call {
  id?: bigint;
  service?: string;
  /** The service's version, not the protocol's. */
  version?: string;
  group?: string;
  method?: string;
  /** JVM descriptors; as many as `args`. Default: String for each. */
  types?: string;
  args?: Value[];
  /** Besides path, interface, version and group, which are set as real clients set them. */
  attachments?: Record<string, Value>;
  oneway?: boolean;
}

/** A request frame with a hessian2 body, as Dubbo 2.7 and 3 clients write it. */
export function request(call: Call): Buffer {
  const { service = "demo.Greeter", version = "0.0.0", method = "hello", args = [] } = call;
  const types = call.types ?? "Ljava/lang/String;".repeat(args.length);
  const attachments: Record<string, Value> = { path: service, interface: service, version };
  if (call.group !== undefined) attachments.group = call.group;
  const body = Buffer.concat([
    ...["2.0.2", service, version, method, types].map(encodeString),
    ...args.map(encode),
    encode({ ...attachments, ...call.attachments }),
  ]);
  const flags = FLAG.REQUEST | (call.oneway ? 0 : FLAG.TWO_WAY) | HESSIAN2;
  return frame(flags, 0, call.id ?? 0n, body);
}

/** What `request` wrote, read again. */
export function readCall({ id, body, flags }: DubboFrame): Required<Omit<Call, "group">> {
  const reader = new Reader(body);
  const [, service, version, method, types] = Array.from({ length: 5 }, () =>
    String(reader.value()),
  ) as [string, string, string, string, string];
  const rest: Value[] = [];
  while (!reader.done) rest.push(reader.value());
  const attachments = rest.pop() as Record<string, Value>;
  const oneway = (flags & FLAG.TWO_WAY) === 0;
  return { id, service, version, method, types, args: rest, attachments, oneway };
}

/** A response with status 20 that carries `value`, as Dubbo 2.7 and later write it. */
export function response(id: bigint, value: Value): Buffer {
  const body = value === null ? [encode(5)] : [encode(4), encode(value)];
  return frame(HESSIAN2, STATUS.OK, id, Buffer.concat([...body, encode({ dubbo: "2.0.2" })]));
}

/** A response with a status other than 20, whose body is the message. */
export function errorResponse(id: bigint, status: number, message: string): Buffer {
  return frame(HESSIAN2, status, id, encode(message));
}

export function heartbeat(id: bigint): Buffer {
  return frame(FLAG.REQUEST | FLAG.TWO_WAY | FLAG.EVENT | HESSIAN2, 0, id, encode(null));
}

export function heartbeatAnswer(id: bigint): Buffer {
  return frame(FLAG.EVENT | HESSIAN2, STATUS.OK, id, encode(null));
}

/** By which a server that is about to stop asks its clients for no more requests. */
export function readonlyEvent(id = 0n): Buffer {
  return frame(FLAG.REQUEST | FLAG.EVENT | HESSIAN2, 0, id, encode("R"));
}

export interface Reply {
  id: bigint;
  status: number;
  /** What the method returned. */
  value: Value;
  /** The message, if the status is not 20. */
  error: string | undefined;
  frame: DubboFrame;
}

export function readReply(reply: DubboFrame): Reply {
  const { id, status } = reply;
  const first = new Reader(reply.body);
  const head = first.value();
  if (status !== STATUS.OK) {
    return { id, status, value: null, error: String(head), frame: reply };
  }
  const hasValue = head === 1 || head === 4; // RESPONSE_VALUE, …_WITH_ATTACHMENTS
  return { id, status, value: hasValue ? first.value() : null, error: undefined, frame: reply };
}

export class DubboClient extends RpcClient<DubboFrame> {
  /** Above 2^63, as Dubbo 3 may start: ids are unsigned. */
  private nextId = 0xfedc_ba98_0000_0000n;

  static async connect(to: number | Socket): Promise<DubboClient> {
    return new DubboClient(dubboWire, await RpcClient.open(to));
  }

  /** Sends one call and waits for its reply; any number may be in flight. */
  async call(call: Call = {}, timeout?: number): Promise<Reply> {
    const bytes = request({ id: this.nextId++, ...call });
    return readReply(await this.request(bytes, timeout));
  }

  /** Sends a call that nobody answers. */
  notify(call: Call = {}): void {
    this.send(request({ id: this.nextId++, ...call, oneway: true }));
  }

  /** Sends a heartbeat and waits for the answer. */
  heartbeat(timeout?: number): Promise<DubboFrame> {
    return this.request(heartbeat(this.nextId++), timeout);
  }
}

export interface DubboServerOptions {
  /** The echo's answer to an argument x is `<tag>:x`. */
  tag?: string;
  /** On 127.0.0.1, or a server that listens already. Default: a free one. */
  port?: number | Server;
  /** Milliseconds before each answer; changeable later by `server.delay`. */
  delay?: number;
  /** Answers calls instead of the echo; heartbeats are answered before. */
  answer?: Answer<DubboFrame>;
}

export class DubboServer extends RpcServer<DubboFrame> {
  delay = 0;
  /** Calls received, heartbeats not counted. */
  calls = 0;
  heartbeats = 0;

  static async start(options: DubboServerOptions = {}): Promise<DubboServer> {
    const { tag = "echo", port = 0, delay = 0 } = options;
    const server: DubboServer = new DubboServer(dubboWire, (received, peer) =>
      server.dispatch(received, peer, options.answer ?? echo(tag)),
    );
    server.delay = delay;
    await server.listen(port);
    return server;
  }

  private async dispatch(received: DubboFrame, peer: Socket, answer: Answer<DubboFrame>) {
    if (isEvent(received)) {
      if (!isRequest(received) || (received.flags & FLAG.TWO_WAY) === 0) return;
      this.heartbeats++;
      return heartbeatAnswer(received.id);
    }
    this.calls++;
    if (this.delay > 0) await new Promise((resolve) => setTimeout(resolve, this.delay));
    return answer(received, peer);
  }
}

/** Answers each call by its first argument behind `tag`; oneway calls by nothing. */
export function echo(tag: string): Answer<DubboFrame> {
  return (received) => {
    const call = readCall(received);
    return call.oneway ? undefined : response(call.id, `${tag}:${String(call.args[0] ?? "")}`);
  };
}
