/** A server that keeps calls in flight for as long as a test wants. */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { DubboServer, echo, readCall, type DubboClient, type Reply } from "../../support/dubbo.js";
import { until } from "../../support/wait.js";

export interface Held {
  calls: Promise<Reply>[];
  /** Releases all held calls, and checks that each of these got its own answer. */
  answered: () => Promise<void>;
}

/** An echo server that holds the calls of the method `held` until `release`. */
export class HoldingServer {
  /** The server's end of the lane whose call was held last. */
  holder: Socket | undefined;
  /** Calls that are held now. */
  held = 0;
  private letGo: (() => void)[] = [];

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
          if (readCall(received).method === "held") await holding.wait(peer);
          return answer(received, peer);
        },
      }),
    );
    return holding;
  }

  get port(): number {
    return this.server.port;
  }

  /** Sends calls, and waits until they are held. */
  async hold(client: DubboClient, count: number): Promise<Held> {
    const before = this.held;
    const calls = Array.from({ length: count }, (_, i) =>
      client.call({ method: "held", args: [`held ${i}`] }),
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

  /** Answers all that are held. */
  release(): void {
    this.held = 0;
    for (const letGo of this.letGo.splice(0)) letGo();
  }

  async close(): Promise<void> {
    this.release();
    await this.server.close();
  }

  private wait(peer: Socket): Promise<void> {
    this.holder = peer;
    this.held++;
    return new Promise((resolve) => this.letGo.push(resolve));
  }
}
