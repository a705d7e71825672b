/**
 * A client and a server of any protocol of length-delimited frames, with every byte in the
 * test's hand. dubbo.ts and awesome.ts say what frames look like.
 */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** What the peers must know of a protocol. */
export interface Wire<F> {
  headerLength: number;
  /** Length in bytes of the frame that starts with `head`; throws if it can't be one. */
  measure(head: Buffer): number;
  parse(bytes: Buffer): F;
  id(frame: F): bigint;
  isReply(frame: F): boolean;
}

/** Calls `onFrame` for every whole frame of the chunks it is fed. */
function cutter<F>(wire: Wire<F>, onFrame: (frame: F) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let length = 0;
  let wanted = wire.headerLength;
  return (chunk) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length < wanted) return;
    let rest = Buffer.concat(chunks, length);
    for (wanted = wire.headerLength; rest.length >= wanted; wanted = wire.headerLength) {
      wanted = wire.measure(rest);
      if (rest.length < wanted) break;
      onFrame(wire.parse(rest.subarray(0, wanted)));
      rest = rest.subarray(wanted);
    }
    chunks = [rest];
    length = rest.length;
  };
}

interface Waiting<F> {
  resolve(frame: F): void;
  reject(error: Error): void;
}

/** One connection of a client that may have many calls in flight. */
export class RpcClient<F> {
  /** Frames that answered no call of ours: the server's own requests, events, strays. */
  readonly unsolicited: F[] = [];
  /** Bytes received so far. */
  received = 0;
  private readonly waiting = new Map<bigint, Waiting<F>>();
  private ended = false;
  private failure: Error | undefined;

  protected constructor(
    readonly wire: Wire<F>,
    readonly socket: Socket,
  ) {
    const cut = cutter(wire, (frame) => this.onFrame(frame));
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      this.received += chunk.length;
      try {
        cut(chunk);
      } catch (error) {
        this.failure = error as Error;
        socket.destroy();
      }
    });
    socket.on("error", (error) => (this.failure ??= error));
    socket.on("end", () => this.onClosed());
    socket.on("close", () => this.onClosed());
  }

  /** @param to a port on 127.0.0.1, or a connection that is open already */
  protected static async open(to: number | Socket): Promise<Socket> {
    if (typeof to !== "number") return to;
    const socket = connect({ port: to, host: "127.0.0.1" });
    await once(socket, "connect");
    return socket;
  }

  /** The server has ended its side, or the connection broke. */
  get closed(): boolean {
    return this.ended;
  }

  /** Why the connection broke, if it did not end in peace, e.g. ECONNRESET. */
  get error(): Error | undefined {
    return this.failure;
  }

  /** Calls that wait for their answer. */
  get inFlight(): number {
    return this.waiting.size;
  }

  /** Writes any bytes: whole frames, halves, garbage. */
  send(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  /**
   * Sends the request `bytes` (one whole frame) and waits for the reply with its id.
   * @param timeout milliseconds
   */
  request(bytes: Buffer, timeout = 10_000): Promise<F> {
    const reply = this.expect(bytes, timeout);
    this.send(bytes);
    return reply;
  }

  /** Waits for the reply to the request `bytes`, which the caller sends in its own way. */
  expect(bytes: Buffer, timeout = 10_000): Promise<F> {
    const id = this.wire.id(this.wire.parse(bytes));
    if (this.waiting.has(id)) throw new Error(`request id ${id} is in flight already`);
    if (this.ended) return Promise.reject(new Error("the connection is closed"));
    return new Promise<F>((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        this.waiting.delete(id);
      };
      const timer = setTimeout(() => {
        settle();
        reject(new Error(`no reply to request ${id} within ${timeout} ms`));
      }, timeout);
      this.waiting.set(id, {
        resolve(frame) {
          settle();
          resolve(frame);
        },
        reject(error) {
          settle();
          reject(error);
        },
      });
    });
  }

  /** Half-closes: says that no more requests come, still reads. */
  end(): void {
    this.socket.end();
  }

  /** Breaks the connection with a RST instead of a FIN. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  close(): void {
    this.socket.destroy();
  }

  private onFrame(frame: F): void {
    const call = this.wire.isReply(frame) ? this.waiting.get(this.wire.id(frame)) : undefined;
    if (call) call.resolve(frame);
    else this.unsolicited.push(frame);
  }

  private onClosed(): void {
    if (this.ended) return;
    this.ended = true;
    const cause = this.failure;
    for (const call of this.waiting.values()) {
      call.reject(new Error("the connection closed before the reply came", { cause }));
    }
  }
}

/** What a server does with one frame: answers by bytes, later by a promise, or not at all. */
export type Answer<F> = (
  frame: F,
  peer: Socket,
) => Buffer | undefined | Promise<Buffer | undefined>;

/** A server on a loopback port that answers as the test says. */
export class RpcServer<F> {
  /** Connections accepted so far. */
  accepted = 0;
  /** Frames received so far. */
  count = 0;
  /** The frames themselves; stays empty unless `keep` is set. */
  readonly frames: F[] = [];
  keep = false;
  /** Connections that broke because of what they sent. */
  readonly errors: Error[] = [];
  readonly peers = new Set<Socket>();
  private readonly server: Server;

  protected constructor(
    readonly wire: Wire<F>,
    /** Exchangeable at any time. */
    public answer: Answer<F>,
  ) {
    this.server = createServer({ noDelay: true, allowHalfOpen: true }, (peer) => this.serve(peer));
  }

  /** @param at a port on 127.0.0.1, or a server that listens already, whose place it takes */
  protected async listen(at: number | Server): Promise<void> {
    if (typeof at === "number") this.server.listen(at, "127.0.0.1");
    else this.server.listen(at);
    await once(this.server, "listening");
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.peers.size;
  }

  /** Writes `bytes` to every open connection, e.g. a READONLY event. */
  broadcast(bytes: Uint8Array): void {
    for (const peer of this.peers) peer.write(bytes);
  }

  /** Breaks all connections; goes on listening. */
  disconnect(): void {
    for (const peer of this.peers) peer.destroy();
  }

  async close(): Promise<void> {
    this.disconnect();
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, "close");
  }

  private serve(peer: Socket): void {
    let answering = 0;
    let asked = true;
    const handle = async (frame: F): Promise<void> => {
      this.count++;
      if (this.keep) this.frames.push(frame);
      answering++;
      const answer = this.answer(frame, peer);
      const reply = answer instanceof Promise ? await answer : answer;
      answering--;
      if (reply && !peer.destroyed) peer.write(reply);
      if (!asked && answering === 0) peer.end();
    };
    const cut = cutter(this.wire, (frame) => void handle(frame));

    this.accepted++;
    this.peers.add(peer);
    peer.on("close", () => this.peers.delete(peer));
    peer.on("error", () => peer.destroy());
    peer.on("end", () => {
      asked = false; // a half-closed client still gets its answers
      if (answering === 0) peer.end();
    });
    peer.on("data", (chunk: Buffer) => {
      try {
        cut(chunk);
      } catch (error) {
        this.errors.push(error as Error);
        peer.destroy();
      }
    });
  }
}
