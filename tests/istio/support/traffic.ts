/** Calls without end, while a test changes the configuration under them. */
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../../scripts/cli/error.js";
import { STATUS, type DubboClient } from "../../support/dubbo.js";

export interface TrafficOptions {
  open(): Promise<DubboClient>;
  /** Milliseconds after which a connection is exchanged for a new one, between two calls. */
  age: number;
  /** Milliseconds from an answer to the next call. Default: 10. */
  pause?: number;
}

/** A call that failed; all times are in milliseconds. */
export interface Failure {
  why: string;
  /** By `performance.now()`. */
  at: number;
  /** How long it took to fail, and how old its connection was then. */
  took: number;
  age: number;
}

/** A client that makes one call after the other. */
export class Traffic {
  calls = 0;
  /** Connections made so far. */
  connections = 0;
  readonly failures: Failure[] = [];
  private running = true;
  private readonly ended: Promise<void>;

  constructor(
    readonly name: string,
    private readonly options: TrafficOptions,
  ) {
    this.ended = this.run();
  }

  /** Waits for the answer to the last call. */
  async stop(): Promise<void> {
    this.running = false;
    await this.ended;
  }

  private async run(): Promise<void> {
    const { age, pause = 10 } = this.options;
    let client: DubboClient | undefined;
    let opened = 0;
    while (this.running) {
      const started = performance.now();
      try {
        if (client === undefined || client.closed) {
          client = undefined;
          client = await this.options.open();
          this.connections++;
          opened = performance.now();
        }
        await this.call(client);
      } catch (error) {
        const at = performance.now();
        this.failures.push({ why: messageOf(error), at, took: at - started, age: at - opened });
        client?.close();
        client = undefined;
      }
      if (performance.now() - opened >= age) {
        client?.close();
        client = undefined;
      }
      await sleep(pause);
    }
    client?.close();
  }

  private async call(client: DubboClient): Promise<void> {
    const args = [String(this.calls++)];
    const { status, value, error } = await client.call({ service: "demo.Greeter", args }, 5_000);
    if (status !== STATUS.OK) throw new Error(`status ${status}: ${error}`);
    if (!String(value).endsWith(`:${args[0]}`)) throw new Error(`wrong answer ${String(value)}`);
  }
}
