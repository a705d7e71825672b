/** Real Kafka brokers (KRaft, no ZooKeeper) and Kafka's own client, from Maven Central. */
import { execFile, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { packageRoot } from "../../../scripts/cli/paths.js";
import { cacheDir, makeCache, withLock } from "../../../scripts/envoy/cache.js";
import { spawnOwned, stopChild } from "../../support/child.js";

const run = promisify(execFile);
const project = join(packageRoot, "tests/peers/kafka");
const HEAP = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];

/**
 * The class path of Kafka 3.9.1, downloaded once (46 MB).
 * @returns or why there is none, for `skip`
 */
export async function findKafka(): Promise<{ classPath: string } | { missing: string }> {
  // Its first line, on standard error: openjdk version "17.0.15" 2025-04-15
  const java = Number(
    /version "(\d+)/.exec(spawnSync("java", ["-version"]).stderr?.toString())?.[1],
  );
  if (!(java >= 17)) return { missing: "no Java 17 or later on PATH" };
  const cache = cacheDir(process.env, process.platform);
  const target = join(cache, "kafka-3.9.1");
  if (!existsSync(target) && spawnSync("mvn", ["--version"]).status !== 0) {
    return { missing: "no Maven on PATH to download Kafka with" };
  }
  await makeCache(cache);
  const make = async () => {
    if (!existsSync(target)) await download(cache, target);
  };
  await withLock(`${target}.lock`, make, () => undefined);
  return { classPath: join(target, "*") };
}

async function download(cache: string, target: string): Promise<void> {
  const work = await mkdtemp(join(cache, "download-"));
  try {
    const lib = join(work, "lib");
    const goal = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies";
    const wanted = [`-DoutputDirectory=${lib}`, "-DincludeScope=runtime"];
    await run("mvn", ["-q", "-B", "-f", join(project, "pom.xml"), goal, ...wanted]);
    await rename(lib, target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

export interface BrokerOptions {
  classPath: string;
  /** Where it keeps its data; it is made. */
  directory: string;
  /** From 1; the first one is the controller, too. */
  id: number;
  /** On which it listens for clients, for brokers, and (the first one) for its controller. */
  ports: { clients: number; brokers: number; controller: number };
  /** The port of 127.0.0.1 that it tells clients to call. */
  advertised: number;
}

export class Broker {
  private output = "";

  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (this.output += text));
    }
  }

  /** Starts it, and does not wait until it is ready: clients do. */
  static async start(options: BrokerOptions): Promise<Broker> {
    const { classPath, directory } = options;
    await mkdir(directory);
    const file = join(directory, "server.properties");
    await writeFile(file, properties(options));
    const java = [...HEAP, "-cp", classPath];
    const format = [
      "kafka.tools.StorageTool",
      "format",
      "-t",
      "AAAAAAAAAAAAAAAAAAAAAQ",
      "-c",
      file,
    ];
    await run("java", [...java, ...format]);
    return new Broker(spawnOwned("java", [...java, "kafka.Kafka", file], { stdio: "pipe" }));
  }

  /** What it wrote. */
  log(): string {
    return this.output;
  }

  async stop(): Promise<void> {
    await stopChild(this.child, 1_000);
  }
}

function properties({ directory, id, ports, advertised }: BrokerOptions): string {
  const local = "127.0.0.1";
  const isFirst = id === 1;
  const internal = `INTERNAL://${local}:${ports.brokers}`;
  const listeners = [`ENVOY://${local}:${ports.clients}`, internal];
  if (isFirst) listeners.push(`CONTROLLER://${local}:${ports.controller}`);
  return [
    `process.roles=${isFirst ? "broker,controller" : "broker"}`,
    `node.id=${id}`,
    `controller.quorum.voters=1@${local}:${ports.controller}`,
    "controller.listener.names=CONTROLLER",
    `listeners=${listeners.join(",")}`,
    `advertised.listeners=ENVOY://${local}:${advertised},${internal}`,
    "listener.security.protocol.map=ENVOY:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name=INTERNAL",
    `log.dirs=${join(directory, "data")}`,
    "offsets.topic.replication.factor=1",
    "offsets.topic.num.partitions=1",
    "group.initial.rebalance.delay.ms=0",
    "",
  ].join("\n");
}

/** What Kafka's own producer and consumer saw. */
export interface Seen {
  /** `host:port` of each broker, as clients are told. */
  nodes: string[];
  /** How many brokers lead partitions of the topic. */
  leaders: number;
  /** How many different records came back. */
  values: number;
}

/** Sends `records` records through `bootstrap` and reads them back. */
export async function roundTrip(
  classPath: string,
  bootstrap: string,
  brokers: number,
  records: number,
): Promise<Seen> {
  const program = join(project, "RoundTrip.java");
  const args = [...HEAP, "-cp", classPath, program, bootstrap, String(brokers), String(records)];
  const { stdout } = await run("java", args, { timeout: 60_000 });
  return JSON.parse(stdout) as Seen;
}
