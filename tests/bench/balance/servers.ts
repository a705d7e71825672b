/** The upstream servers, in a process of their own. Each has a port for Dubbo and one for HTTP. */
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer, type AddressInfo, type Server } from "node:net";
import { writeAnswer } from "../node/echo.js";
import { frameCutter, frameLength } from "../node/frames.js";
import { answering } from "./process.js";
import { Station, STATIONS, TIMES_SLOWER, type Model, type Window } from "./station.js";

/** `begin` begins a measurement; `counts` asks for the requests of each server in it. */
export type Command = { begin: Model; window: Window } | "counts" | "ports";

/** By server, the slow one first. */
export interface Ports {
  dubbo: number[];
  http: number[];
}

function dubbo(station: Station): Server {
  return createServer({ noDelay: true }, (socket) => {
    const cut = frameCutter();
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      const { bytes, frames } = cut(chunk);
      for (const start of frames) {
        const reply = Buffer.allocUnsafe(frameLength(bytes, start)); // no shorter than the reply
        const answer = reply.subarray(0, writeAnswer(reply, 0, bytes, start));
        station.serve(() => socket.write(answer));
      }
    });
  });
}

function http(station: Station): Server {
  const server = createHttpServer((_, response) => station.serve(() => response.end()));
  server.keepAliveTimeout = 0; // Envoy's pool must not meet a connection that is being closed
  return server;
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const stations = Array.from(
  { length: STATIONS },
  (_, i) => new Station(i === 0 ? TIMES_SLOWER : 1),
);
const ports: Ports = {
  dubbo: await Promise.all(stations.map((station) => listen(dubbo(station)))),
  http: await Promise.all(stations.map((station) => listen(http(station)))),
};

answering((command: Command) => {
  if (command === "ports") return ports;
  if (command === "counts") return stations.map(({ count }) => count);
  for (const station of stations) station.begin(command.begin, command.window);
  return null;
});
