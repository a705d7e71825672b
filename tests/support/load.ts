/**
 * A load of Dubbo calls whose every answer is checked: it must be the call's own response or an
 * error reply, and there must be exactly one. One connection a client, so many calls in flight.
 */
import { DubboClient, STATUS, type Call } from "./dubbo.js";

export interface LoadOptions {
  port: number;
  /** Connections. */
  clients: number;
  /** Calls in flight on each of them. */
  depth: number;
  /** What distinguishes calls, e.g. by routing key; taken in turn. */
  calls: readonly Call[];
  /** Milliseconds after which a call counts as lost. Default 20,000. */
  patience?: number;
}

/** What came of a load. Every call that was sent is counted once. */
export interface Tally {
  sent: number;
  /** Calls that got their own response. */
  answered: number;
  /** Calls that got an error reply, by its message. */
  errors: Map<string, number>;
  /** What must not be: lost and crossed calls, second answers, connections that ended. */
  faults: string[];
}

/** So many faults are told in full. */
const MOST_FAULTS = 20;

export class Load {
  readonly tally: Tally = { sent: 0, answered: 0, errors: new Map(), faults: [] };
  private stopped = false;
  private readonly working: Promise<unknown>;

  private constructor(
    private readonly clients: DubboClient[],
    private readonly options: LoadOptions,
  ) {
    this.working = Promise.all(
      clients.flatMap((client, i) =>
        Array.from({ length: options.depth }, () => this.callInTurn(client, i)),
      ),
    );
  }

  /** Connects and begins to call. The servers' answer to a text x must end in `:x` (see `echo`). */
  static async start(options: LoadOptions): Promise<Load> {
    const connecting = Array.from({ length: options.clients }, () =>
      DubboClient.connect(options.port),
    );
    return new Load(await Promise.all(connecting), options);
  }

  /** Number of error replies so far. */
  get failed(): number {
    return Array.from(this.tally.errors.values()).reduce((sum, count) => sum + count, 0);
  }

  /** Makes no further calls, waits for the answers to those in flight, and closes the clients. */
  async stop(): Promise<Tally> {
    this.stopped = true;
    await this.working;
    for (const client of this.clients) {
      for (const { id } of client.unsolicited) this.fault(`a second answer to call ${id}`);
      if (client.closed) this.fault(`a connection ended: ${client.error?.message ?? "in peace"}`);
      client.close();
    }
    return this.tally;
  }

  private async callInTurn(client: DubboClient, index: number): Promise<void> {
    const { calls, patience = 20_000 } = this.options;
    while (!this.stopped && !client.closed) {
      const number = this.tally.sent++;
      // Request ids are the same on all connections; the texts are not.
      const text = `${number} of ${index}${" and more".repeat(number % 50 === 0 ? 2_000 : number % 20)}`;
      try {
        const call = calls[number % calls.length];
        const {
          status,
          value,
          error = "",
        } = await client.call({ ...call, args: [text] }, patience);
        if (status !== STATUS.OK) this.count(error);
        else if (String(value).endsWith(`:${text}`)) this.tally.answered++;
        else this.fault(`call ${text.slice(0, 40)} got ${String(value).slice(0, 40)}`);
      } catch (error) {
        this.fault(`call ${number} of ${index}: ${(error as Error).message}`);
      }
    }
  }

  private count(error: string): void {
    const { errors } = this.tally;
    errors.set(error, (errors.get(error) ?? 0) + 1);
  }

  private fault(what: string): void {
    if (this.tally.faults.length < MOST_FAULTS) this.tally.faults.push(what);
  }
}
