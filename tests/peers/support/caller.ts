/** A client that calls on and on, so that whatever happens meanwhile would be seen in an answer. */
import { until } from "../../support/wait.js";
import type { Client, Outcome } from "./peer.js";

/** Calls in flight. */
const DEPTH = 8;

export class Caller {
  answered = 0;
  readonly failed: Outcome[] = [];
  private last: string[] = [];
  private stopping = false;
  private readonly loops: Promise<void>[];

  private constructor(private readonly client: Client) {
    this.loops = Array.from({ length: DEPTH }, () => this.loop());
  }

  /** Starts calling, each time again as soon as there is an answer, and waits for 500 of them. */
  static async start(client: Client): Promise<Caller> {
    const caller = new Caller(client);
    await caller.more(500);
    return caller;
  }

  /** Waits until so many more calls were answered. */
  async more(count: number): Promise<void> {
    const wanted = this.answered + this.failed.length + count;
    const met = () => this.answered + this.failed.length >= wanted;
    await until(met, { what: `${count} more answers`, timeout: 30_000 });
  }

  /** Waits for an answer that begins so. */
  async some(beginning: string): Promise<void> {
    const met = () => this.last.some((value) => value.startsWith(beginning));
    await until(met, { what: `answer by ${beginning}`, timeout: 30_000 });
  }

  /** Waits until no server answers but those whose answers begin so. */
  async only(beginning: string): Promise<void> {
    let since = this.answered;
    const met = () => {
      if (this.last.some((value) => !value.startsWith(beginning))) since = this.answered;
      this.last = [];
      return this.answered > since + 500;
    };
    await until(met, { what: `answers by ${beginning} only`, timeout: 30_000 });
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.loops);
  }

  /** Kinds of failures and how many there were of each. */
  get kinds(): Record<string, number> {
    const kinds: Record<string, number> = {};
    for (const { error = "", message = "" } of this.failed) {
      const cause = /cause: (.*)/s.exec(message)?.[1] ?? message;
      const kind = `${error}: ${cause.replaceAll(/\d+/g, "N").slice(0, 160)}`;
      kinds[kind] = (kinds[kind] ?? 0) + 1;
    }
    return kinds;
  }

  get report(): string {
    return JSON.stringify({ answered: this.answered, failed: this.kinds });
  }

  private async loop(): Promise<void> {
    while (!this.stopping) {
      const outcome = await this.client.call("echo");
      if (outcome.value === undefined) {
        this.failed.push(outcome);
        continue;
      }
      this.answered++;
      this.last.push(outcome.value);
    }
  }
}
