/** Two real Kafka brokers behind what `protocol: kafka` makes of a real Envoy. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { envoyYaml } from "../../scripts/protocol/emit/bootstrap.js";
import { Envoy } from "../support/envoy.js";
import { freePorts } from "../support/ports.js";
import { modelOf } from "../unit/protocol/support.js";
import { Broker, findKafka, roundTrip } from "./support/kafka.js";

const kafka = await findKafka();
const RECORDS = 500;

describe("kafka", { skip: "missing" in kafka ? kafka.missing : false }, () => {
  const directory = mkdtempSync(join(tmpdir(), "argot-kafka-"));
  const brokers: Broker[] = [];
  let envoy: Envoy | undefined;

  after(async () => {
    await envoy?.stop();
    for (const broker of brokers) await broker.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it("lets a client that knows one port reach every broker at its own", async () => {
    assert.ok("classPath" in kafka);
    const { classPath } = kafka;
    const [controller = 0, ...ports] = await freePorts(7);
    const [listening, clients, between] = [ports.slice(0, 2), ports.slice(2, 4), ports.slice(4)];
    const model = modelOf({
      apiVersion: "argot.dev/v1",
      kind: "ApplicationProtocol",
      metadata: { name: "kafka" },
      spec: {
        protocol: "kafka",
        services: listening.map((port, i) => ({
          host: `broker-${i + 1}.example`,
          port,
          subsets: [{ name: "broker", endpoints: [`127.0.0.1:${clients[i]}`] }],
        })),
      },
    });
    envoy = await Envoy.start(envoyYaml(model, { wasm: "unused", adminPort: 0, source: "test" }));
    const start = (i: number) =>
      Broker.start({
        classPath,
        directory: join(directory, `${i + 1}`),
        id: i + 1,
        ports: { clients: clients[i]!, brokers: between[i]!, controller },
        advertised: listening[i]!,
      });
    brokers.push(...(await Promise.all([start(0), start(1)])));

    const seen = await roundTrip(classPath, `127.0.0.1:${listening[0]}`, 2, RECORDS).catch(
      (error: unknown) => {
        throw new Error(brokers.map((broker) => broker.log()).join("\n"), { cause: error });
      },
    );
    assert.deepEqual(seen.nodes, listening.map((port) => `127.0.0.1:${port}`).sort());
    assert.deepEqual([seen.leaders, seen.values], [2, RECORDS]);
    for (const port of listening) {
      const connections = await envoy.stat(`tcp.kafka-${port}.downstream_cx_total`);
      const bytes = await envoy.stat(`tcp.kafka-${port}.downstream_cx_rx_bytes_total`);
      // At least those of the producer and the consumer; records went to both brokers.
      assert.ok(connections >= 2 && bytes > 10_000, `${port}: ${connections}, ${bytes} bytes`);
    }
  });
});
