/**
 * AwesomeRPC, a sample protocol with a 13-byte header, all big-endian: version i8@0,
 * request id u32@1, total length u32@5, command i16@9, response code i16@11, then the payload.
 */
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { onFrames } from "./frames.js";

export const HELLO = 1;
export const UPPER_CASE = 2;
const commands: Record<number, (payload: string) => string> = {
  [HELLO]: (payload) => `hello ${payload}`,
  [UPPER_CASE]: (payload) => payload.toUpperCase(),
};

const HEADER_LENGTH = 13;
const UNKNOWN_COMMAND = 404;

export interface Frame {
  id: number;
  command: number;
  /** Of a response; 0: all went well. */
  code: number;
  payload: string;
}

/** A server of one version, e.g. `v1`; it does not listen yet. */
export function awesomeServer(version: string): Server {
  return createServer((socket) => {
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy()); // the client is gone
    onFrames(socket, HEADER_LENGTH, lengthOf, (bytes) => {
      const { id, command, payload } = read(bytes);
      const text = commands[command]?.(payload);
      const answer =
        text === undefined
          ? { code: UNKNOWN_COMMAND, payload: `no command ${command}` }
          : { code: 0, payload: `${text}, this is ${version}` };
      socket.write(write({ id, command, ...answer }));
    });
  });
}

/** One connection, many calls at a time. */
export class AwesomeClient {
  private readonly waiting = new Map<number, (frame: Frame | Error) => void>();
  private nextId = 1;

  private constructor(private readonly socket: Socket) {
    onFrames(socket, HEADER_LENGTH, lengthOf, (bytes) => {
      const frame = read(bytes);
      this.waiting.get(frame.id)?.(frame);
      this.waiting.delete(frame.id);
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      for (const done of this.waiting.values()) done(new Error("the connection was closed"));
    });
  }

  static async connect(port: number, host = "127.0.0.1"): Promise<AwesomeClient> {
    const socket = connect(port, host);
    await once(socket, "connect");
    return new AwesomeClient(socket);
  }

  /** @throws Error with the payload of a response whose code is not 0, or on a lost connection */
  async call(command: number, payload: string): Promise<string> {
    const id = this.nextId++;
    const reply = await new Promise<Frame | Error>((done) => {
      this.waiting.set(id, done);
      this.socket.write(write({ id, command, code: 0, payload }));
    });
    if (reply instanceof Error) throw reply;
    if (reply.code !== 0) throw new Error(`code ${reply.code}: ${reply.payload}`);
    return reply.payload;
  }

  close(): void {
    this.socket.end();
  }
}

function lengthOf(header: Buffer): number {
  return header.readUInt32BE(5);
}

function read(frame: Buffer): Frame {
  return {
    id: frame.readUInt32BE(1),
    command: frame.readInt16BE(9),
    code: frame.readInt16BE(11),
    payload: frame.toString("utf8", HEADER_LENGTH),
  };
}

function write({ id, command, code, payload }: Frame): Buffer {
  const text = Buffer.from(payload, "utf8");
  const header = Buffer.alloc(HEADER_LENGTH);
  header.writeInt8(1, 0);
  header.writeUInt32BE(id, 1);
  header.writeUInt32BE(HEADER_LENGTH + text.length, 5);
  header.writeInt16BE(command, 9);
  header.writeInt16BE(code, 11);
  return Buffer.concat([header, text]);
}
