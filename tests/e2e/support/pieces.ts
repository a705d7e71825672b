/** Payloads of all sizes, and frames that cross the wire in small pieces. */
import type { Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import {
  echo,
  readReply,
  request,
  type Call,
  type DubboClient,
  type DubboFrame,
  type Reply,
} from "../../support/dubbo.js";
import type { Answer } from "../../support/wire.js";

/** Every 40th of the texts that `payload` makes is longer than a window of 64 KiB. */
const LONG = 40;

/** A text that tells its number, of a size that strays widely: 10 bytes to 150 KiB. */
export function payload(number: number): string {
  const dice = Math.imul(number + 1, 0x9e3779b1) >>> 0; // well mixed, and the same in every run
  const size = number % LONG === 0 ? 65_536 + (dice % 90_000) : dice % 3_000;
  const text = `${number},`;
  return text.repeat(Math.ceil((size + 10) / text.length));
}

/** Writes `bytes` one at a time, each as a segment of its own. */
export async function dribble(socket: Socket, bytes: Buffer): Promise<void> {
  for (const byte of bytes) {
    socket.write(Buffer.of(byte));
    await turn();
  }
}

const writing = new WeakMap<Socket, Promise<void>>();

/** `dribble` behind what is being written to this socket. */
function dribbleNext(socket: Socket, bytes: Buffer): Promise<void> {
  const done = (writing.get(socket) ?? Promise.resolve()).then(() => dribble(socket, bytes));
  writing.set(socket, done);
  return done;
}

let nextId = 1n;

/** Sends a call a byte at a time, and waits for its reply. */
export async function byBytes(client: DubboClient, call: Call): Promise<Reply> {
  const bytes = request({ id: nextId++, ...call });
  const reply = client.expect(bytes);
  await dribbleNext(client.socket, bytes);
  return readReply(await reply);
}

/** An echo whose answers go out a byte at a time. */
export function echoInPieces(tag: string): Answer<DubboFrame> {
  const answer = echo(tag);
  return async (received, peer) => {
    const bytes = await answer(received, peer);
    if (bytes) await dribbleNext(peer, bytes);
    return undefined;
  };
}
