/**
 * A client of the Redis protocol, versions 2 and 3, just large enough for tests.
 * https://redis.io/docs/latest/develop/reference/protocol-spec/
 *
 *     request   *2\r\n  $3\r\nGET\r\n  $1\r\nk\r\n      an array of bulk strings
 *     reply     +OK\r\n  -ERR why\r\n  :7\r\n  $1\r\nv\r\n  $-1\r\n  *1\r\n…   and in version 3
 *               _\r\n (null)  %1\r\n… (map)  ~1\r\n… (set)  >3\r\n… (push)  #t\r\n  ,1.5\r\n
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export type Reply = string | number | boolean | null | Reply[] | Map<Reply, Reply> | RespError;

/** An error that the server, or the proxy before it, answered. */
export class RespError extends Error {}

/** Reads replies from bytes as they come; undefined: more bytes are needed. */
class Reader {
  private at = 0;
  constructor(private readonly bytes: Buffer) {}

  /** The next reply and how many bytes there were before its end. */
  next(): { reply: Reply; type: string; end: number } | undefined {
    const type = String.fromCharCode(this.bytes[this.at] ?? 0);
    const reply = this.reply();
    return reply === undefined ? undefined : { reply, type, end: this.at };
  }

  private reply(): Reply | undefined {
    const end = this.bytes.indexOf("\r\n", this.at);
    if (end < 0) return undefined;
    const type = String.fromCharCode(this.bytes[this.at] ?? 0);
    const rest = this.bytes.toString("utf8", this.at + 1, end);
    this.at = end + 2;
    switch (type) {
      case "+":
        return rest;
      case "-":
        return new RespError(rest);
      case ":":
      case ",":
        return Number(rest);
      case "_":
        return null;
      case "#":
        return rest === "t";
      case "$":
        return this.bulk(Number(rest));
      case "*":
      case "~":
      case ">":
        return this.list(Number(rest));
      case "%":
        return this.map(Number(rest));
      default:
        throw new Error(`no reply begins with ${JSON.stringify(type)}`);
    }
  }

  private bulk(length: number): string | null | undefined {
    if (length < 0) return null;
    const from = this.at;
    if (this.bytes.length < from + length + 2) return undefined;
    this.at += length + 2;
    return this.bytes.toString("utf8", from, from + length);
  }

  private list(length: number): Reply[] | null | undefined {
    if (length < 0) return null;
    const items: Reply[] = [];
    for (let i = 0; i < length; i++) {
      const item = this.reply();
      if (item === undefined) return undefined;
      items.push(item);
    }
    return items;
  }

  private map(length: number): Map<Reply, Reply> | undefined {
    const items = this.list(2 * length);
    if (!items) return undefined;
    const pairs = Array.from({ length }, (_, i) => items.slice(2 * i, 2 * i + 2));
    return new Map(pairs as [Reply, Reply][]);
  }
}

interface Waiting {
  resolve: (reply: Reply) => void;
  reject: (error: Error) => void;
}

export class RespClient {
  /** What came without being asked for: published messages and, in version 3, all pushes. */
  readonly messages: Reply[] = [];
  private readonly waiting: Waiting[] = [];
  private bytes: Buffer = Buffer.alloc(0);

  private constructor(private readonly socket: Socket) {
    socket.on("data", (data: Buffer) => this.read(Buffer.concat([this.bytes, data])));
    socket.on("error", () => undefined); // its close follows
    socket.on("close", () => {
      for (const { reject } of this.waiting.splice(0)) reject(new Error("connection closed"));
    });
  }

  static async connect(port: number): Promise<RespClient> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new RespClient(socket);
  }

  /** Sends a command at once, whatever is still to be answered; rejects with a RespError. */
  call(...words: string[]): Promise<Reply> {
    return this.callAll([words])[0]!;
  }

  /** Sends commands in one write: a pipeline. */
  callAll(commands: readonly (readonly string[])[]): Promise<Reply>[] {
    const promises = commands.map(
      () => new Promise<Reply>((resolve, reject) => this.waiting.push({ resolve, reject })),
    );
    this.socket.write(commands.map(encode).join(""));
    return promises;
  }

  close(): void {
    this.socket.destroy();
  }

  private read(bytes: Buffer): void {
    let from = 0;
    for (;;) {
      const next = new Reader(bytes.subarray(from)).next();
      if (next === undefined) break;
      from += next.end;
      this.take(next.reply, next.type);
    }
    this.bytes = bytes.subarray(from);
  }

  private take(reply: Reply, type: string): void {
    if (type === ">" || (Array.isArray(reply) && reply[0] === "message")) {
      this.messages.push(reply);
      return;
    }
    const { resolve, reject } = this.waiting.shift() ?? {};
    if (reply instanceof RespError) reject?.(reply);
    else resolve?.(reply);
  }
}

function encode(words: readonly string[]): string {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return `*${words.length}\r\n${parts.join("")}`;
}
