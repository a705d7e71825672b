/** A server that listens and answers no attempt to connect: not even the kernel does so for it. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";

const LISTEN_ASLEEP = `
  const { parentPort } = require("node:worker_threads");
  const server = require("node:net").createServer();
  server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;
/** Milliseconds after which an attempt to connect through the loopback interface is not answered. */
const NO_ANSWER = 200;

/**
 * Its thread sleeps and so accepts nothing, and the connections that the kernel keeps for it (its
 * backlog) are all taken: what comes then is dropped.
 */
export class SilentServer {
  private constructor(
    readonly port: number,
    private readonly worker: Worker,
    private readonly waiting: Socket[],
  ) {}

  static async start(): Promise<SilentServer> {
    const worker = new Worker(LISTEN_ASLEEP, { eval: true });
    const [port] = (await once(worker, "message")) as [number];
    const server = new SilentServer(port, worker, []);
    while (await server.answers());
    return server;
  }

  async close(): Promise<void> {
    for (const socket of this.waiting) socket.destroy();
    await this.worker.terminate();
  }

  private async answers(): Promise<boolean> {
    const socket = connect({ port: this.port, host: "127.0.0.1" });
    socket.on("error", () => undefined);
    this.waiting.push(socket);
    return await Promise.race([once(socket, "connect").then(() => true), sleep(NO_ANSWER, false)]);
  }
}
