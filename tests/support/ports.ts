/** Free TCP ports of the loopback interface. */
import { createServer } from "node:net";
import { randomInt } from "node:crypto";

/**
 * Below the ephemeral ranges of Linux and macOS: between our look and Envoy's bind no outgoing
 * connection of the machine can take the port.
 */
const FIRST = 12_000;
const LAST = 32_000;
const given = new Set<number>();

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      probe.close(() => resolve(true));
    });
  });
}

/** A port that nobody listens on and that this process was not given before. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    const port = randomInt(FIRST, LAST);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
  throw new Error(`found no free port between ${FIRST} and ${LAST} on 127.0.0.1`);
}

/** `count` different free ports. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}
