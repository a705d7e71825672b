/** The soak's servers: a process of its own that echoes calls, signed by who answered. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { writeAnswer } from "../bench/node/echo.js";
import { frameCutter } from "../bench/node/frames.js";
import { spawnOwned, stopChild } from "../support/child.js";
import { idOf, isOneway, sign } from "./frames.js";

/** Every fourth server is so much slower than the others, in milliseconds. */
const SLOW = 5;

/** What became of oneway calls. */
export interface Arrived {
  oneways: number;
  /** Of those: some that had arrived before. */
  twice: number;
}

export class Servers {
  private constructor(
    private readonly child: ChildProcess,
    /** Port by tag. */
    readonly ports: ReadonlyMap<string, number>,
  ) {}

  static async start(tags: readonly string[]): Promise<Servers> {
    const args = ["--import", "tsx", fileURLToPath(import.meta.url), ...tags];
    const stdio = ["ignore", "inherit", "inherit", "ipc"] as const;
    const child = spawnOwned(process.execPath, args, { stdio: [...stdio] });
    const ports = (await answer(child)) as number[];
    return new Servers(child, new Map(tags.map((tag, i) => [tag, ports[i]!])));
  }

  /** What has arrived so far, and how many connections are open. */
  async look(): Promise<Arrived & { open: number }> {
    const looked = answer(this.child);
    this.child.send("look");
    return (await looked) as Arrived & { open: number };
  }

  async stop(): Promise<void> {
    await stopChild(this.child);
  }
}

async function answer(child: ChildProcess): Promise<unknown> {
  const [message] = (await Promise.race([
    once(child, "message"),
    once(child, "exit").then(() => Promise.reject(new Error("the servers have ended"))),
  ])) as [unknown];
  return message;
}

// --- in the process of its own

const arrived: Arrived = { oneways: 0, twice: 0 };
/** Bits of the oneways that have arrived, by connection. */
const seen = new Map<number, Uint8Array>();
let open = 0;

function take(connection: number, number: number): void {
  let bits = seen.get(connection) ?? new Uint8Array(1 << 10);
  if (number >> 3 >= bits.length) {
    const more = new Uint8Array(2 * bits.length);
    more.set(bits);
    bits = more;
  }
  seen.set(connection, bits);
  const mask = 1 << (number & 7);
  arrived.oneways++;
  if ((bits[number >> 3]! & mask) !== 0) arrived.twice++;
  bits[number >> 3]! |= mask;
}

function serve(socket: Socket, tag: string, delay: number): void {
  const cut = frameCutter();
  const write = (replies: Buffer): void => {
    if (!socket.write(replies)) socket.pause();
  };
  open++;
  socket.on("close", () => open--);
  socket.on("error", () => socket.destroy());
  socket.on("drain", () => socket.resume());
  socket.on("data", (chunk: Buffer) => {
    const { bytes, frames } = cut(chunk);
    const replies = Buffer.allocUnsafe(bytes.length); // none is longer than its request
    let length = 0;
    for (const start of frames) {
      if (isOneway(bytes, start)) {
        const { connection, number } = idOf(bytes, start);
        take(connection, number);
      }
      const n = writeAnswer(replies, length, bytes, start);
      if (n > 0) sign(replies, length, tag);
      length += n;
    }
    if (length === 0) return;
    if (delay === 0) write(replies.subarray(0, length));
    else setTimeout(write, delay, replies.subarray(0, length));
  });
}

async function main(tags: readonly string[]): Promise<void> {
  const ports = tags.map(async (tag, i) => {
    const delay = i % 4 === 3 ? SLOW : 0;
    const server = createServer({ noDelay: true }, (socket) => serve(socket, tag, delay));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  });
  process.on("message", () => process.send!({ ...arrived, open }));
  process.on("disconnect", () => process.exit());
  process.send!(await Promise.all(ports));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
