/** The servers and the Envoy that the demonstration needs, on free ports. */
import { once } from "node:events";
import type { AddressInfo, Server, Socket } from "node:net";
import { join } from "node:path";
import { awesomeServer } from "../../envoy/examples/services/awesomerpc.js";
import { greeter } from "../../envoy/examples/services/greeter.js";
import { distDir, packageRoot } from "../cli/paths.js";
import { loadForEnvoy } from "../protocol/load.js";
import type { ApplicationProtocol, Service } from "../protocol/model.js";
import { startEnvoy, type RunningEnvoy } from "../protocol/run.js";
import { parseEntry, type Entry } from "./access-log.js";

const EXAMPLES = join("envoy", "examples");
export const files = {
  greeter: join(EXAMPLES, "greeter.yaml"),
  awesome: join(EXAMPLES, "awesome.yaml"),
  connection: join(EXAMPLES, "greeter-connection.yaml"),
};

export interface Stage {
  envoy: RunningEnvoy;
  greeter: ApplicationProtocol;
  awesome: ApplicationProtocol;
  connection: ApplicationProtocol;
  /** What Envoy's access log said so far. */
  log: Entry[];
  /** Called for every further line of the access log. */
  onEntry: (entry: Entry) => void;
  /** Ends everything. */
  stop(): Promise<void>;
}

/** Starts two versions of each service, and an Envoy in front of them. */
export async function setStage(envoyPath: string): Promise<Stage> {
  const servers = new Servers();
  const greeters = {
    v1: await servers.start(greeter("v1")),
    v2: await servers.start(greeter("v2")),
  };
  const awesomes = {
    v1: await servers.start(awesomeServer("v1")),
    v2: await servers.start(awesomeServer("v2")),
  };
  const protocols = {
    greeter: load(files.greeter, greeters),
    awesome: load(files.awesome, awesomes),
    connection: load(files.connection, greeters),
  };
  const log: Entry[] = [];
  const ignore: Stage["onEntry"] = () => undefined;
  const stage = { ...protocols, log, onEntry: ignore };
  try {
    const envoy = await startEnvoy({
      model: Object.values(protocols),
      envoy: envoyPath,
      wasm: join(distDir, "argot.wasm"),
      concurrency: 1,
      freePorts: true,
      accessLog: "stdout",
      onLine: (line, stream) => {
        const entry = stream === "stdout" ? parseEntry(line) : null;
        if (entry === null) return void process.stderr.write(`envoy: ${line}\n`);
        log.push(entry);
        stage.onEntry(entry);
      },
    });
    const stop = async () => {
      await envoy.stop();
      servers.stop();
    };
    return Object.assign(stage, { envoy, stop });
  } catch (error) {
    servers.stop();
    throw error;
  }
}

/** The service of one of the examples: each has exactly one. */
export function serviceOf({ name, services }: ApplicationProtocol): Service {
  const [service] = services;
  if (service === undefined) throw new Error(`${name} has no service`);
  return service;
}

/** An example with the ports on which the servers really listen. */
function load(file: string, ports: Record<string, number>): ApplicationProtocol {
  const [protocol] = loadForEnvoy(join(packageRoot, file));
  if (protocol === undefined) throw new Error(`${file} holds no document`);
  for (const subset of protocol.services.flatMap(({ subsets }) => subsets)) {
    subset.endpoints = [`127.0.0.1:${ports[subset.name]}`];
  }
  return protocol;
}

class Servers {
  private readonly servers: Server[] = [];
  private readonly sockets = new Set<Socket>();

  /** Lets a server listen on a free port, which it returns. */
  async start(server: Server): Promise<number> {
    this.servers.push(server);
    server.on("connection", (socket) => {
      this.sockets.add(socket);
      socket.once("close", () => this.sockets.delete(socket));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  }

  stop(): void {
    for (const server of this.servers) server.close();
    for (const socket of this.sockets) socket.destroy();
  }
}
