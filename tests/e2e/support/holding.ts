/** A server that keeps calls in flight for as long as a test wants. */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import {
  DubboServer,
  echo,
  readCall,
  type Call,
  type DubboClient,
  type Reply,
} from "../../support/dubbo.js";
import { until } from "../../support/wait.js";

export interface Held {
  calls: Promise<Reply>[];
  /** Releases all held calls, and checks that each of these got its own answer. */
  answered: () => Promise<void>;
}

interface HeldCall {
  id: bigint;
  peer: Socket;
  letGo: () => void;
}

/** An echo server that holds the calls of the method `held` until `release`. */
export class HoldingServer {
  /** The server's end of the lane whose call was held last. */
  holder: Socket | undefined;
  /** The calls that are held now, in the order in which they came. */
  readonly waiting: HeldCall[] = [];

  private constructor(
    private readonly tag: string,
    readonly server: DubboServer,
  ) {}

  static async start(tag: string): Promise<HoldingServer> {
    const answer = echo(tag);
    const holding: HoldingServer = new HoldingServer(
      tag,
      await DubboServer.start({
        answer: async (received, peer) => {
          if (readCall(received).method === "held") await holding.wait(received.id, peer);
          return answer(received, peer);
        },
      }),
    );
    return holding;
  }

  get port(): number {
    return this.server.port;
  }

  /** How many calls are held now. */
  get held(): number {
    return this.waiting.length;
  }

  /**
   * Sends calls, and waits until they are held.
   * @param call what they have besides the method `held` and their one argument
   */
  async hold(client: DubboClient, count: number, call: Call = {}): Promise<Held> {
    const before = this.held;
    const calls = Array.from({ length: count }, (_, i) =>
      client.call({ ...call, method: "held", args: [`held ${i}`] }),
    );
    await until(() => this.held === before + count, { what: `${count} held calls` });
    const answered = async () => {
      this.release();
      const values = (await Promise.all(calls)).map(({ value }) => value);
      const expected = calls.map((_, i) => `${this.tag}:held ${i}`);
      assert.deepEqual(values, expected);
    };
    return { calls, answered };
  }

  /** Answers so many calls that are held, those that came first; default: all. */
  release(count = this.waiting.length): void {
    for (const { letGo } of this.waiting.splice(0, count)) letGo();
  }

  async close(): Promise<void> {
    this.release();
    await this.server.close();
  }

  private wait(id: bigint, peer: Socket): Promise<void> {
    this.holder = peer;
    return new Promise((letGo) => this.waiting.push({ id, peer, letGo }));
  }
}
