/** A server that can be killed in all the ways in which servers die, and comes back to life. */
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { DubboServer, echo } from "./dubbo.js";
import { freePort } from "./ports.js";

/** Of one connection, in the middle of its next answer too; or of the whole server. */
export const KILLS = ["end", "reset", "half-end", "half-reset", "down"] as const;
export type Kill = (typeof KILLS)[number];

/** Answers take up to so long, so that calls are in flight at any time (milliseconds). */
const SLOWEST = 4;
/** A server that is down is so for up to so long (milliseconds). */
const LONGEST_DOWN = 80;

export class FrailServer {
  /** How many kills have happened, by kind. */
  readonly kills = Object.fromEntries(KILLS.map((kill) => [kill, 0])) as Record<Kill, number>;
  private server!: DubboServer;
  /** Connections that end with half of their next answer. */
  private readonly doomed = new Map<Socket, Kill>();
  private comingBack: Promise<void> | undefined;

  private constructor(
    readonly port: number,
    private readonly pick: (below: number) => number,
  ) {}

  /** Starts an echo server (see `echo`) on a free port; `pick` picks numbers below its argument. */
  static async start(pick: (below: number) => number): Promise<FrailServer> {
    const frail = new FrailServer(await freePort(), pick);
    await frail.comeUp();
    return frail;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.server.open;
  }

  /** Kills a connection picked at random, or the server; nothing, if there is nothing to kill. */
  kill(how: Kill): void {
    if (this.comingBack !== undefined) return;
    if (how === "down") {
      this.kills.down++;
      this.comingBack = this.goDown();
      return;
    }
    const peers = Array.from(this.server.peers).filter((peer) => peer.writable);
    const peer = peers[this.pick(peers.length)];
    if (peer === undefined) return;
    if (how === "half-end" || how === "half-reset") this.doomed.set(peer, how);
    else this.end(peer, how);
  }

  /** Waits until the server is up. */
  async up(): Promise<void> {
    await this.comingBack;
  }

  async close(): Promise<void> {
    await this.up();
    await this.server.close();
  }

  private end(peer: Socket, how: Kill): void {
    this.kills[how]++;
    if (how.endsWith("reset")) peer.resetAndDestroy();
    else peer.end();
  }

  private async goDown(): Promise<void> {
    await this.server.close();
    await sleep(this.pick(LONGEST_DOWN));
    await this.comeUp();
    this.comingBack = undefined;
  }

  private async comeUp(): Promise<void> {
    const answer = echo("frail");
    this.server = await DubboServer.start({
      port: this.port,
      answer: async (received, peer) => {
        await sleep(this.pick(SLOWEST));
        const bytes = await answer(received, peer);
        if (!peer.writable || bytes === undefined) return undefined;
        const how = this.doomed.get(peer);
        if (how === undefined) return bytes;
        this.doomed.delete(peer);
        peer.write(bytes.subarray(0, 1 + this.pick(bytes.length - 1)), () => this.end(peer, how));
        return undefined;
      },
    });
  }
}
