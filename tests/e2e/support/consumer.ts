/**
 * Clients under constant load that follow their connections as a Dubbo consumer does: told goodbye
 * it sends nothing more there, opens another connection, and closes the old one when its answers
 * are in. A protocol without a goodbye only notices the end of its connection.
 */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { AwesomeClient } from "../../support/awesome.js";
import { DubboClient, readonlyEvent } from "../../support/dubbo.js";
import type { RpcClient } from "../../support/wire.js";

/** A connection, as the consumer sees it. */
interface Connection {
  readonly client: RpcClient<{ bytes: Buffer }>;
  /** Makes the `number`th call; the answer, or an error's text in its place. */
  call(text: string, number: number): Promise<{ answer: string } | { error: string }>;
  /** Whether a frame that answers no call says goodbye. */
  isGoodbye(frame: { bytes: Buffer }): boolean;
}

/** Calls go to so many methods. */
const METHODS = 4;
/** Of calls to Dubbo, one in so many goes to a method of its own, which needs a lane of its own. */
const RARE = 50;

export async function dubbo(port: number): Promise<Connection> {
  const client = await DubboClient.connect(port);
  const goodbye = readonlyEvent();
  return {
    client,
    async call(text, number) {
      const method = number % RARE === 0 ? `rare${number}` : `m${number % METHODS}`;
      const reply = await client.call({ method, args: [text] });
      return reply.error === undefined ? { answer: String(reply.value) } : { error: reply.error };
    },
    isGoodbye: ({ bytes }) => bytes.equals(goodbye),
  };
}

export async function awesome(port: number): Promise<Connection> {
  const client = await AwesomeClient.connect(port);
  return {
    client,
    async call(text, number) {
      const { code, payload } = await client.call(number % METHODS, text);
      return code === 0 ? { answer: payload.toString() } : { error: payload.toString() };
    },
    isGoodbye: () => false,
  };
}

export interface ConsumerOptions {
  open(port: number): Promise<Connection>;
  port: number;
  /** What the servers put before the text that they give back. */
  tag: string;
  connections: number;
  /** Calls in flight on each connection. */
  depth: number;
  /** Milliseconds between an answer and the next call. Default 0. */
  pause?: number;
}

export class Consumer {
  /** Calls with their own answers. */
  answered = 0;
  /** Calls that got an error reply: no server has seen them. */
  refused = 0;
  /** Calls without an answer, since their connection ended. */
  lost = 0;
  /** Connections left since they said goodbye, and those that just ended. */
  goodbyes = 0;
  ends = 0;
  /** What must never be: answers of other calls, second answers, broken connections. */
  readonly wrong: string[] = [];
  private sent = 0;
  private stopped = false;
  private readonly working: Promise<unknown>;

  constructor(private readonly options: ConsumerOptions) {
    const lines = Array.from({ length: options.connections }, () => this.keepCalling());
    this.working = Promise.all(lines);
    this.working.catch(() => undefined); // told by `stop`
  }

  /** Sends no more calls, and waits for the answers to all. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.working;
  }

  /** Calls made so far. */
  get calls(): number {
    return this.answered + this.refused + this.lost;
  }

  /** All figures, for a message. */
  get report(): string {
    const { calls, answered, refused, lost, goodbyes, ends } = this;
    return JSON.stringify({ calls, answered, refused, lost, goodbyes, ends, wrong: this.wrong });
  }

  /** Uses one connection after the other until the consumer stops. */
  private async keepCalling(): Promise<void> {
    const leaving: Promise<void>[] = [];
    while (!this.stopped) {
      const connection = await this.options.open(this.options.port);
      await new Promise<void>((left) => leaving.push(this.use(connection, left)));
    }
    await Promise.all(leaving);
  }

  /** Calls until it is time to leave, which `left` is told at once; ends with the last answer. */
  private async use(connection: Connection, left: () => void): Promise<void> {
    const { depth, pause = 0 } = this.options;
    const { client } = connection;
    const isTold = () => client.unsolicited.some((frame) => connection.isGoodbye(frame));
    const slot = async () => {
      while (!this.stopped && !isTold() && !client.closed) {
        await this.call(connection);
        if (pause > 0) await sleep(pause);
      }
      left();
    };
    await Promise.all(Array.from({ length: depth }, slot));
    if (isTold()) this.goodbyes++;
    else if (!this.stopped) this.ends++;
    for (const frame of client.unsolicited) {
      if (!connection.isGoodbye(frame))
        this.wrong.push(`stray ${frame.bytes.toString("hex", 0, 16)}`);
    }
    if (!client.socket.closed) {
      client.close();
      await once(client.socket, "close");
    }
  }

  private async call(connection: Connection): Promise<void> {
    const number = this.sent++;
    const text = `call ${number}${number % 100 === 0 ? ".".repeat(20_000) : ""}`;
    try {
      const reply = await connection.call(text, number);
      if ("error" in reply) this.refused++;
      else {
        this.answered++;
        const isOwn = reply.answer === `${this.options.tag}:${text}`;
        if (!isOwn) this.wrong.push(`${number} got ${reply.answer.slice(0, 40)}`);
      }
    } catch (error) {
      this.lost++;
      if (!connection.client.closed) this.wrong.push(String(error));
    }
  }
}
