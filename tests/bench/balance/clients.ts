/** The clients, in a process of their own: as many requests in flight by Dubbo as by HTTP. */
import { Agent, get } from "node:http";
import { DubboClient, STATUS } from "../../support/dubbo.js";
import { now, run, type Tally } from "../node/caller.js";
import { Histogram } from "../node/histogram.js";
import { atRandomTimes } from "./open-loop.js";
import { answering } from "./process.js";
import type { Window } from "./station.js";

/** What the clients do. */
export interface Load {
  /** Dubbo connections. HTTP/1.1 takes as many for each of them as there are requests in flight. */
  connections: number;
  /** Requests in flight on each connection, the next one sent when one is answered; or … */
  depth?: number;
  /** … requests a second in all, at random times. */
  rate?: number;
}

export interface Command extends Load, Window {
  protocol: "dubbo" | "http";
  port: number;
}

/** Latencies are milliseconds. */
export interface Latencies {
  rps: number;
  p50: number;
  p90: number;
  p99: number;
  max: number;
  /** The mean of the client that fared worst: one whose connection is tied to the slow server. */
  worst: number;
  errors: number;
  /** The first error. */
  error?: string;
}

const HOST = "127.0.0.1";
const PAYLOAD = 128;
/** Milliseconds: behind a slow server that gets more than it can do, requests wait long. */
const PATIENCE = 60_000;

answering(async (command: Command): Promise<Latencies> => {
  const clients = Array.from({ length: command.connections }, (_, i) => client(command, i));
  const tallies = await Promise.all(clients);
  const histograms = tallies.map(({ times }) => new Histogram(times));
  const times = new Histogram();
  for (const histogram of histograms) times.add(histogram);
  const ms = (q: number): number => times.quantile(q) / 1e6;
  const error = tallies.find(({ error }) => error !== undefined)?.error;
  return {
    rps: (1000 * times.total) / (command.to - command.from),
    ...{ p50: ms(0.5), p90: ms(0.9), p99: ms(0.99), max: ms(1) },
    worst: Math.max(...histograms.map(({ mean }) => mean)) / 1e6,
    errors: tallies.reduce((sum, { errors }) => sum + errors, 0),
    ...(error !== undefined && { error }),
  };
});

/** One client of the load. */
async function client(command: Command, seed: number): Promise<Tally> {
  const { protocol, port, connections, depth = 1, rate, from, to } = command;
  if (protocol === "dubbo" && rate === undefined) {
    const plan = { host: HOST, port, depth, payload: PAYLOAD, from, to, requests: Infinity };
    return run(plan, () => undefined);
  }
  const times = new Histogram();
  const tally: Tally = { times: times.counts, answered: 0, errors: 0 };
  const caller = protocol === "dubbo" ? await dubbo(port) : http(port);
  const call = async (start: number): Promise<void> => {
    try {
      await caller.call();
      tally.answered++;
      // At random times, every request counts; else those that are answered in time.
      const counted = rate === undefined ? now() : start;
      if (counted >= from && counted < to) times.record((now() - start) * 1e6);
    } catch (error) {
      tally.errors++;
      tally.error ??= (error as Error).message;
    }
  };
  if (rate !== undefined) {
    await atRandomTimes(rate / connections, seed, command, call);
  } else {
    const loop = async (): Promise<void> => {
      while (now() < to) await call(now());
    };
    await Promise.all(Array.from({ length: depth }, loop));
  }
  caller.close();
  return tally;
}

interface Caller {
  /** Sends a request, and waits for its answer. */
  call(): Promise<void>;
  close(): void;
}

async function dubbo(port: number): Promise<Caller> {
  const client = await DubboClient.connect(port);
  const args = ["x".repeat(PAYLOAD)];
  const call = async (): Promise<void> => {
    const { status, error } = await client.call({ args }, PATIENCE);
    if (status !== STATUS.OK) throw new Error(error);
  };
  return { call, close: () => client.close() };
}

/** Envoy picks a server for each request, whichever connection it comes on. */
function http(port: number): Caller {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: Infinity });
  const call = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const request = get({ host: HOST, port, agent }, (response) => {
        response.resume().once("end", () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`status ${response.statusCode}`));
        });
      });
      request.once("error", reject);
    });
  return { call, close: () => agent.destroy() };
}
