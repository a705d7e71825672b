/** A small Dubbo client: many calls at a time over one connection. */
import { connect, type Socket } from "node:net";
import { once } from "node:events";
import { randomBytes } from "node:crypto";
import * as dubbo from "./dubbo.js";
import { onFrames } from "./frames.js";

/** The framework's error, or (status 20) an exception of the method. */
export class DubboError extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

interface Waiting {
  done: (reply: dubbo.Reply) => void;
  failed: (error: Error) => void;
  timer: NodeJS.Timeout;
}

export class DubboClient {
  private readonly waiting = new Map<bigint, Waiting>();
  /** As Dubbo 3 does: the first id is random, so often above 2^63. */
  private nextId = randomBytes(8).readBigUInt64BE();

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    onFrames(socket, dubbo.HEADER_LENGTH, dubbo.frameLength, (frame) => this.onFrame(frame));
    socket.on("error", (error) => this.fail(error));
    socket.on("close", () => this.fail(new Error("the connection was closed")));
  }

  static async connect(port: number, host = "127.0.0.1"): Promise<DubboClient> {
    const socket = connect(port, host);
    await once(socket, "connect");
    return new DubboClient(socket);
  }

  /** Our port of the connection: it stays the same as long as the connection lives. */
  get localPort(): number | undefined {
    return this.socket.localPort;
  }

  get isOpen(): boolean {
    return !this.socket.destroyed && this.socket.writable;
  }

  /**
   * Calls a method.
   * @param timeout milliseconds
   * @throws DubboError what the framework or the method says; Error on timeout or a lost connection
   */
  async call(call: dubbo.Call, timeout = 3_000): Promise<unknown> {
    const id = this.nextId;
    this.nextId = BigInt.asUintN(64, id + 1n);
    const reply = await new Promise<dubbo.Reply>((done, failed) => {
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        failed(new Error(`no answer within ${timeout} ms`));
      }, timeout);
      this.waiting.set(id, { done, failed, timer });
      this.socket.write(dubbo.writeRequest(id, call));
    });
    if ("error" in reply) throw new DubboError(reply.error, reply.status);
    return reply.value;
  }

  close(): void {
    this.socket.end();
  }

  private onFrame(frame: Buffer): void {
    const { id, isRequest, isEvent, wantsReply } = dubbo.readHead(frame);
    if (isRequest) {
      // A heartbeat wants an answer; a READONLY event (the server is about to go) does not.
      if (isEvent && wantsReply) this.socket.write(dubbo.writeHeartbeatReply(id));
      return;
    }
    const waiting = this.waiting.get(id);
    if (waiting === undefined) return; // too late
    this.waiting.delete(id);
    clearTimeout(waiting.timer);
    waiting.done(dubbo.readReply(frame));
  }

  private fail(error: Error): void {
    for (const { failed, timer } of this.waiting.values()) {
      clearTimeout(timer);
      failed(error);
    }
    this.waiting.clear();
  }
}
