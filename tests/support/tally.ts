/** Tally, the protocol of docs/codecs.md: its codec as it stands there, a server and a client. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { onFrames } from "../../envoy/examples/services/frames.js";
import { packageRoot } from "../../scripts/cli/paths.js";

/** The source of the codec in docs/codecs.md. */
export function tallySource(): string {
  const page = readFileSync(join(packageRoot, "docs/codecs.md"), "utf8");
  const source = /```ts\n(import [^]*?class TallyCodec [^]*?)```/.exec(page)?.[1];
  if (source === undefined) throw new Error("docs/codecs.md has no codec of Tally");
  return source;
}

export const Type = { request: 0, response: 1, ping: 2, pong: 3 } as const;
const HEADER = 12;

const lengthOf = (head: Buffer) => HEADER + head.readUInt32BE(8);

export function frame(type: number, n: number, id: number, text: string): Buffer {
  const head = Buffer.alloc(HEADER);
  head.writeUInt16BE(0xa11e);
  head[2] = type;
  head[3] = n;
  head.writeUInt32BE(id, 4);
  head.writeUInt32BE(text.length, 8);
  return Buffer.concat([head, Buffer.from(text, "latin1")]);
}

/**
 * Answers every request with its own name and what it got.
 * @param at a server that listens already; default: a free port of 127.0.0.1
 */
export async function tallyServer(name: string, at?: Server): Promise<Server & { port: number }> {
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    onFrames(socket, HEADER, lengthOf, (request) => {
      const text = `${name} got ${request.toString("latin1", HEADER)}`;
      socket.write(frame(Type.response, 0, request.readUInt32BE(4), text));
    });
  }).listen(at ?? { port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  return Object.assign(server, { port: (server.address() as AddressInfo).port });
}

/** One connection; answers are matched by their ids. */
export class TallyClient {
  private next = 1;
  private readonly waiting = new Map<number, (reply: Buffer) => void>();

  private constructor(private readonly socket: Socket) {
    onFrames(socket, HEADER, lengthOf, (reply) => {
      this.waiting.get(reply.readUInt32BE(4))?.(reply);
    });
  }

  /** @param to a port of 127.0.0.1, or a socket that is connected */
  static async connect(to: number | Socket): Promise<TallyClient> {
    if (typeof to !== "number") return new TallyClient(to);
    const socket = connect(to, "127.0.0.1");
    await once(socket, "connect");
    return new TallyClient(socket);
  }

  /** Sends a frame, and returns type, status and text of the one that answers it. */
  async send(type: number, method: string, payload = ""): Promise<[number, number, string]> {
    const id = this.next++;
    const reply = new Promise<Buffer>((done) => this.waiting.set(id, done));
    this.socket.write(frame(type, method.length, id, method + payload));
    const bytes = await reply;
    return [bytes[2]!, bytes[3]!, bytes.toString("latin1", HEADER)];
  }

  close(): void {
    this.socket.destroy();
  }
}
