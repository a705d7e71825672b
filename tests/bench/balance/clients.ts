/** The clients, in a process of their own: as many requests in flight by Dubbo as by HTTP. */
import { Agent, get } from "node:http";
import { now, run, type Tally } from "../node/caller.js";
import { Histogram } from "../node/histogram.js";
import { answering } from "./process.js";
import type { Window } from "./station.js";

export interface Command extends Window {
  protocol: "dubbo" | "http";
  port: number;
  connections: number;
  /** Requests in flight on each connection. */
  depth: number;
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

answering(async (command: Command): Promise<Latencies> => {
  const client = command.protocol === "dubbo" ? dubbo : http;
  const tallies = await Promise.all(
    Array.from({ length: command.connections }, () => client(command)),
  );
  const measured = command.to - command.from;
  const histograms = tallies.map(({ times }) => new Histogram(times));
  const fewest = Math.min(...histograms.map(({ total }) => total));
  const times = new Histogram();
  for (const histogram of histograms) times.add(histogram);
  const ms = (q: number): number => times.quantile(q) / 1e6;
  const error = tallies.find(({ error }) => error !== undefined)?.error;
  return {
    rps: (1000 * times.total) / measured,
    ...{ p50: ms(0.5), p90: ms(0.9), p99: ms(0.99), max: ms(1) },
    worst: (command.depth * measured) / Math.max(fewest, 1),
    errors: tallies.reduce((sum, { errors }) => sum + errors, 0),
    ...(error !== undefined && { error }),
  };
});

function dubbo({ port, depth, from, to }: Command): Promise<Tally> {
  const plan = { host: HOST, port, depth, payload: 128, from, to, requests: Infinity };
  return run(plan, () => undefined);
}

/**
 * HTTP/1.1 has one request in flight on a connection, so this client has as many connections as
 * the other has requests. Envoy picks a server for each request, whichever connection it comes on.
 */
async function http({ port, depth, from, to }: Command): Promise<Tally> {
  const agent = new Agent({ keepAlive: true, maxSockets: depth, maxFreeSockets: depth });
  const times = new Histogram();
  const tally: Tally = { times: times.counts, answered: 0, errors: 0 };
  const call = (): Promise<void> =>
    new Promise((resolve) => {
      const fail = (message: string): void => {
        tally.errors++;
        tally.error ??= message;
        resolve();
      };
      const start = now();
      const request = get({ host: HOST, port, agent }, (response) => {
        response.resume().once("end", () => {
          const at = now();
          if (response.statusCode !== 200) {
            fail(`status ${response.statusCode}`);
            return;
          }
          if (at >= from && at < to) times.record((at - start) * 1e6);
          tally.answered++;
          resolve();
        });
      });
      request.once("error", (error) => fail(error.message));
    });
  const caller = async (): Promise<void> => {
    while (now() < to) await call();
  };
  await Promise.all(Array.from({ length: depth }, caller));
  agent.destroy();
  return tally;
}
